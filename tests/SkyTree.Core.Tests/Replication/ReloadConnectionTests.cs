using System.Text;
using SkyTree.Core.Connections;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Subscriptions;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Replication;

/// <summary>A state that is reloaded beneath connections and publishers.</summary>
public sealed class ReloadConnectionTests
{
    private readonly TestCore _core = new();

    [Fact]
    public async Task Connections_that_had_sessions_are_given_back_and_have_none_any_more()
    {
        TestPeer durable = _core.Connect("durable", durable: true);
        TestPeer transient = _core.Connect("transient");
        durable.Subscribe("a", 1);
        transient.Subscribe("$share/g/a", 1);
        _core.Publish("a", 1, "kept", retain: true);

        IReadOnlyList<Connection> connections = await _core.State.ReloadAsync(_core.Database, _core.Store);

        Assert.Equal(2, connections.Count);
        Assert.Contains(durable.Connection, connections);
        Assert.Contains(transient.Connection, connections);
        Assert.Null(durable.Session.Queue.Connection);
        Assert.False(durable.Session.Queue.TryAttach(durable.Connection, long.MaxValue, 1, out _));
        Assert.Equal((0, 0L, 0), (_core.State.Sessions.Count, _core.State.Index.Count, _core.State.Retained.Count));
        Assert.Equal(1, _core.State.LastOffset); // the log is still there
    }

    [Fact]
    public async Task What_is_proposed_with_a_session_that_is_gone_changes_nothing()
    {
        TestPeer peer = _core.Connect("a", durable: true);
        TestPeer other = _core.Connect("b", durable: true);
        await _core.State.ReloadAsync(_core.Database, _core.Store);
        TestPeer again = _core.Connect("a", durable: true);
        again.Subscribe("t", 1);

        Assert.Null(peer.Subscribe("x", 1));
        Assert.Null(other.Subscribe("x", 1));
        Assert.Null(_core.Propose(new Unsubscribe(peer.Session, peer.Epoch, ["t"])));
        Assert.Equal(default, _core.Propose(new CloseSession(peer.Session, peer.Epoch, null, false)));
        Assert.Equal(PublishStatus.Fenced, _core.Propose(new PublishMessage(_core.Message("t", 2), false, peer.Session, peer.Epoch, 1)).Status);
        Assert.True(again.Session.IsConnected);
        Assert.Equal(1, _core.State.Index.Count);
    }

    [Fact]
    public async Task Publishers_that_match_topics_meanwhile_find_who_is_there_or_nobody()
    {
        byte[] topic = Encoding.UTF8.GetBytes("a/b");
        using CancellationTokenSource done = new();
        long matched = 0;
        Task[] publishers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            long version = 0;
            while (!done.IsCancellationRequested)
            {
                Route route = _core.State.Index.Match(topic);
                Assert.InRange(route.Subscriptions.Length, 0, 3);
                Assert.True(_core.State.Index.Version >= version);
                version = _core.State.Index.Version;
                Interlocked.Increment(ref matched);
            }
        }))];
        for (int round = 0; round < 300; round++)
        {
            long before = Interlocked.Read(ref matched);
            foreach (string filter in new[] { "a/b", "a/+", "#" })
            {
                _core.Connect($"c/{filter}").Subscribe(filter, 0);
            }

            Assert.Equal(3, _core.State.Index.Match(topic).Subscriptions.Length);
            await _core.State.ReloadAsync(_core.Database, _core.Store);
            Assert.Empty(_core.State.Index.Match(topic).Subscriptions);
            Assert.True(SpinWait.SpinUntil(() => Interlocked.Read(ref matched) > before || Array.Exists(publishers, p => p.IsFaulted), TimeSpan.FromSeconds(30)));
        }

        await done.CancelAsync();
        await Task.WhenAll(publishers);
    }

    [Fact]
    public async Task What_waits_in_a_shared_groups_memory_is_dropped_and_counted()
    {
        TestPeer peer = _core.Connect("a", window: 1);
        peer.Subscribe("$share/g/t", 1);
        for (int i = 0; i < 5; i++)
        {
            _core.Publish("t", 1);
        }

        long before = _core.Context.Drops.Total;
        await _core.State.ReloadAsync(_core.Database, _core.Store);
        Assert.Equal(5, _core.Context.Drops.Total - before);
    }
}
