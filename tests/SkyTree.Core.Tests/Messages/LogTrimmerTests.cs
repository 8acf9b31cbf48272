using SkyTree.Core.Messages;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Messages;

public sealed class LogTrimmerTests
{
    private readonly TestCore _core = new();
    private readonly LogTrimmer _trimmer;

    public LogTrimmerTests() => _trimmer = new LogTrimmer(_core.State, _core.Replicator, _core.Store, _core.Time);

    [Fact]
    public async Task What_every_reader_has_acknowledged_is_deleted_and_nothing_else()
    {
        TestPeer fast = _core.Connect("fast", durable: true);
        TestPeer slow = _core.Connect("slow", durable: true);
        fast.Subscribe("t/#", 1);
        slow.Subscribe("t/1", 1);
        for (int i = 0; i < 10; i++)
        {
            _core.Publish("t/1", 1, "x");
            _core.Publish("t/2", 1, "x");
        }

        fast.Receive().ForEach(p => fast.Ack(p.PacketId));
        slow.Receive().Take(3).ToList().ForEach(p => slow.Ack(p.PacketId));
        await _trimmer.TrimAsync();
        Assert.Equal(7, Count("t/1"));
        Assert.Equal(0, Count("t/2"));
    }

    [Fact]
    public async Task Who_was_there_and_unsubscribed_holds_nothing_up()
    {
        TestPeer reader = _core.Connect("reader", durable: true);
        reader.Subscribe("t", 1);
        reader.Subscribe("other", 1);
        TestPeer left = _core.Connect("left", durable: true);
        left.Subscribe("t", 1);
        _core.Publish("t", 1, "x");
        left.Receive().ForEach(p => left.Ack(p.PacketId));
        _core.Publish("other", 1, "not for it");
        left.Unsubscribe("t");
        left.Disconnect();
        for (int i = 0; i < 10; i++)
        {
            _core.Publish("t", 1, "x");
        }

        reader.Receive().ForEach(p => reader.Ack(p.PacketId));
        await _trimmer.TrimAsync();
        Assert.Equal(0, Count("t"));
    }

    [Fact]
    public async Task Who_unsubscribed_with_a_message_unacknowledged_still_gets_it()
    {
        TestPeer left = _core.Connect("left", durable: true, window: 1);
        left.Subscribe("t", 1);
        _core.Publish("t", 1, "1");
        _core.Publish("t", 1, "2");
        left.Unsubscribe("t");
        ReceivedPacket first = Assert.Single(left.Receive());
        left.Disconnect();
        await _trimmer.TrimAsync();
        Assert.Equal(2, Count("t"));
        left = _core.Connect("left", durable: true, window: 1);
        left.Ack(Assert.Single(left.Receive()).PacketId);
        left.Ack(Assert.Single(left.Receive(), p => p.Payload == "2").PacketId);
        await _trimmer.TrimAsync();
        Assert.Equal(0, Count("t"));
        Assert.False(left.Session.HasEnded);
    }

    [Fact]
    public async Task A_subscriber_to_a_quiet_topic_reads_on_from_where_the_log_is()
    {
        TestPeer quiet = _core.Connect("quiet", durable: true);
        quiet.Subscribe("quiet", 1);
        TestPeer busy = _core.Connect("busy", durable: true);
        busy.Subscribe("busy", 1);
        for (int i = 0; i < 10; i++)
        {
            _core.Publish("busy", 1, "x");
        }

        await _trimmer.TrimAsync();
        Assert.Equal(10, quiet.Session.Cursor);
        Assert.Equal(0, busy.Session.Cursor);
        quiet.Disconnect();
        _core.Publish("quiet", 1, "y");
        Assert.Equal("y", _core.Connect("quiet", durable: true).Payloads());
    }

    [Fact]
    public async Task A_group_holds_up_what_its_members_have_not_acknowledged()
    {
        TestPeer member = _core.Connect("member", durable: true);
        member.Subscribe("$share/g/t", 1);
        member.Disconnect();
        _core.Publish("t", 1, "1");
        _core.Publish("t", 1, "2");
        await _trimmer.TrimAsync();
        Assert.Equal(2, Count("t"));
        member = _core.Connect("member", durable: true);
        List<ReceivedPacket> received = member.Receive();
        Assert.Equal("1 2", string.Join(' ', received.Select(p => p.Payload)));
        member.Ack(received[1].PacketId);
        await _trimmer.TrimAsync();
        Assert.Equal(2, Count("t"));
        member.Ack(received[0].PacketId);
        await _trimmer.TrimAsync();
        Assert.Equal(0, Count("t"));
    }

    private long Count(string topic) => _core.Store.GetQueue(topic).GetSummary().Count;
}
