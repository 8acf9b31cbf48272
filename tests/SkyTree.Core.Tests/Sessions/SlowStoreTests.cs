using SkyTree.Core.Connections;
using SkyTree.Core.Protocol;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Sessions;

/// <summary>The store takes its time, or is down for a while: readers go on as if nothing had been.</summary>
public sealed class SlowStoreTests
{
    private const int Messages = 1500; // more than a reader remembers without reading

    private readonly HeldStore _store;
    private readonly TestCore _core;

    public SlowStoreTests()
    {
        HeldStore? store = null;
        _core = new TestCore(wrapStore: inner => store = new HeldStore(inner));
        _store = store!;
    }

    [Fact]
    public void A_group_that_is_pumped_while_it_reads_goes_on()
    {
        TestPeer member = _core.Connect("member", durable: true, window: 1);
        member.Subscribe("$share/g/t", 1);
        member.Disconnect();
        for (int i = 1; i <= Messages; i++)
        {
            _core.Publish("t", 1, $"{i}");
        }

        member = _core.Connect("member", durable: true, window: 1);
        _store.Holds = true; // the session's own read is done
        for (int i = 1; i <= Messages; i++)
        {
            if (_store.Held > 0)
            {
                Assert.Single(_core.State.Index.Groups).Pump();
                _store.Holds = false;
                _store.Release();
                FlushList.FlushAll();
            }

            ReceivedPacket packet = Assert.Single(member.Receive());
            Assert.Equal($"{i}", packet.Payload);
            Assert.Equal(ReasonCode.Success, member.Ack(packet.PacketId));
        }

        Assert.False(_store.Holds);
    }

    [Theory]
    [InlineData("t")]
    [InlineData("$share/g/t")]
    public async Task A_read_that_failed_is_tried_again_by_the_clock(string filter)
    {
        TestPeer peer = _core.Connect("a", durable: true);
        peer.Subscribe(filter, 1);
        peer.Disconnect();
        for (int i = 0; i < Messages; i++)
        {
            _core.Publish("t", 1, "1");
        }

        _store.Fails = true;
        peer = _core.Connect("a", durable: true, window: Messages);
        int before = peer.Receive().Count;
        Assert.True(before < Messages);
        _store.Fails = false;
        _core.Context.Retries.Run();
        var deadline = System.Diagnostics.Stopwatch.StartNew();
        while (before < Messages && deadline.Elapsed < TimeSpan.FromSeconds(10))
        {
            await Task.Yield();
            before += peer.Receive().Count;
        }

        Assert.Equal(Messages, before);
    }
}
