using System.Text;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Replication;

/// <summary>Sessions and Wills, with the time given.</summary>
public sealed class BrokerStateTests
{
    private readonly BrokerState _state = new TestCore().State;

    [Fact]
    [Trait("Spec", "MQTT-3.1.2-5")]
    public void A_durable_session_is_resumed_until_it_expires()
    {
        SessionOpened first = Open("a", expiry: 10, at: 0);
        Assert.False(first.Present);
        Close(first, at: 1_000);
        SessionOpened second = Open("a", expiry: 10, at: 10_999);
        Assert.True(second.Present);
        Assert.Same(first.Session, second.Session);
        Assert.True(second.Epoch > first.Epoch);
        Close(second, at: 11_000);
        Assert.False(Open("a", expiry: 10, at: 21_000).Present);
    }

    [Fact]
    [Trait("Spec", "MQTT-3.1.2-4")]
    public void Clean_Start_ends_what_was_there()
    {
        SessionOpened first = Open("a", expiry: 10, at: 0);
        _state.Apply(new Subscribe(first.Session, first.Epoch, 0, [new(TestCore.Filter("t"), QoS.AtLeastOnce, false, false, RetainHandling.Send)]), 0);
        SessionOpened second = Open("a", expiry: 10, at: 1, clean: true);
        Assert.False(second.Present);
        Assert.NotSame(first.Session, second.Session);
        Assert.Equal(0, _state.Index.Count);
        Assert.Equal(1, _state.Sessions.Count);
    }

    [Fact]
    public void A_transient_session_ends_with_its_connection_and_at_a_takeover()
    {
        SessionOpened first = Open("a", expiry: 0, at: 0);
        SessionOpened second = Open("a", expiry: 0, at: 0);
        Assert.False(second.Present);
        Assert.Equal(default, Close(first, at: 1));
        Assert.Equal(1, _state.Sessions.Count);
        Close(second, at: 2);
        Assert.Equal(0, _state.Sessions.Count);
    }

    [Fact]
    public void An_older_connections_end_changes_nothing()
    {
        SessionOpened first = Open("a", expiry: 10, at: 0, will: Will());
        SessionOpened second = Open("a", expiry: 10, at: 1, will: Will());
        Assert.NotNull(second.Will); // the first one's, at its takeover
        Assert.Null(Close(first, at: 2).Will);
        Assert.True(second.Session.IsConnected);
        Assert.NotNull(Close(second, at: 3).Will);
    }

    [Theory]
    [Trait("Spec", "MQTT-3.1.2-8")]
    [Trait("Spec", "MQTT-3.1.2-10")]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void A_Will_without_delay_is_sent_at_once_unless_the_client_said_goodbye(bool goodbye, bool sent)
    {
        SessionOpened opened = Open("a", expiry: 10, at: 0, will: Will());
        Assert.Equal(sent, Close(opened, at: 1, discardWill: goodbye).Will is not null);
        Assert.Empty(Due(at: 5_000));
    }

    [Fact]
    public void A_delayed_Will_is_sent_when_it_is_due_once()
    {
        SessionOpened opened = Open("a", expiry: 100, at: 0, will: Will(delay: 5));
        Assert.Null(Close(opened, at: 1_000).Will);
        Assert.Empty(Due(at: 5_999));
        Assert.Equal(["a"], Due(at: 6_000));
        Assert.NotNull(Expire("a", at: 6_000).Will);
        Assert.Null(Expire("a", at: 6_000).Will);
        Assert.Equal(["a"], Due(at: 101_000)); // the session's end
        Assert.Equal(new SessionClosed(null, Expired: true), Expire("a", at: 101_000));
    }

    [Fact]
    public void A_delayed_Will_is_sent_when_the_session_ends_before()
    {
        SessionOpened opened = Open("a", expiry: 5, at: 0, will: Will(delay: 100));
        Close(opened, at: 0);
        Assert.Equal(["a"], Due(at: 5_000));
        SessionClosed ended = Expire("a", at: 5_000);
        Assert.NotNull(ended.Will);
        Assert.True(ended.Expired);
        Assert.Equal(0, _state.Sessions.Count);
        Assert.Empty(Due(at: long.MaxValue));
    }

    [Fact]
    [Trait("Spec", "MQTT-3.1.3-9")]
    public void A_delayed_Will_is_dropped_when_the_client_is_back_in_time()
    {
        SessionOpened opened = Open("a", expiry: 100, at: 0, will: Will(delay: 5));
        Close(opened, at: 0);
        Assert.Null(Open("a", expiry: 100, at: 4_999).Will);
        Assert.Empty(Due(at: long.MaxValue));
    }

    [Fact]
    public void A_delayed_Will_is_sent_when_Clean_Start_ends_the_session()
    {
        SessionOpened opened = Open("a", expiry: 100, at: 0, will: Will(delay: 5));
        Close(opened, at: 0);
        Assert.NotNull(Open("a", expiry: 100, at: 1, clean: true).Will);
    }

    [Fact]
    public void DISCONNECT_changes_when_a_session_expires()
    {
        SessionOpened opened = Open("a", expiry: 100, at: 0);
        Close(opened, at: 0, expiry: 1);
        Assert.Equal(["a"], Due(at: 1_000));
        opened = Open("a", expiry: 100, at: 500);
        Close(opened, at: 500, expiry: 0);
        Assert.Equal(0, _state.Sessions.Count);
    }

    [Fact]
    public void A_session_that_never_expires_is_never_due()
    {
        Close(Open("a", expiry: uint.MaxValue, at: 0), at: 0);
        Assert.Empty(Due(at: long.MaxValue));
        Assert.Equal(1, _state.Sessions.Count);
    }

    [Fact]
    public void What_is_due_comes_in_its_order_and_no_more_than_asked_for()
    {
        foreach (int i in new[] { 3, 1, 2 })
        {
            Close(Open($"c{i}", expiry: (uint)i, at: 0), at: 0);
        }

        Assert.Equal(["c1", "c2"], _state.Apply(new TakeDue(2), 10_000));
        Assert.Equal(["c1"], _state.Apply(new TakeDue(10), 1_000));
    }

    [Fact]
    public void At_the_stop_every_Will_is_taken_once()
    {
        Open("connected", expiry: 10, at: 0, will: Will());
        Close(Open("delayed", expiry: 10, at: 0, will: Will(delay: 5)), at: 0);
        Open("none", expiry: 10, at: 0);
        Assert.Equal(["connected", "delayed"], _state.Apply(new TakeAllWills(Everything: true), 0).Select(w => w.ClientId).Order());
        Assert.Empty(_state.Apply(new TakeAllWills(Everything: true), 0));
        Assert.Equal(["delayed"], Due(at: 10_000)); // its session still expires
    }

    [Fact]
    [Trait("Spec", "MQTT-4.3.3-10")]
    public void A_QoS_2_publish_of_a_durable_session_is_applied_once()
    {
        var core = new TestCore();
        TestPeer reader = core.Connect("reader", durable: true);
        reader.Subscribe("t", 2);
        TestPeer sender = core.Connect("sender", durable: true);
        var publish = new PublishMessage(core.Message("t", 2, "x", publisher: "sender"), false, sender.Session, sender.Epoch, 7);
        Assert.Equal(PublishStatus.Applied, core.Propose(publish).Status);
        Assert.Equal(PublishStatus.Repeated, core.Propose(publish).Status);
        Assert.Equal(1, core.State.LastOffset);
        Assert.True(core.Propose(new ReleaseReceived(sender.Session, sender.Epoch, 7)));
        Assert.False(core.Propose(new ReleaseReceived(sender.Session, sender.Epoch, 7)));
        Assert.Equal(PublishStatus.Applied, core.Propose(publish).Status);
        Assert.Equal(PublishStatus.Fenced, core.Propose(publish with { Epoch = sender.Epoch - 1, PacketId = 8 }).Status);
    }

    private SessionOpened Open(string id, uint expiry, long at, bool clean = false, Will? will = null) =>
        _state.Apply(new OpenSession(id, clean, expiry > 0, expiry, will), at)!;

    private SessionClosed Close(SessionOpened opened, long at, uint? expiry = null, bool discardWill = false) =>
        _state.Apply(new CloseSession(opened.Session, opened.Epoch, expiry, discardWill), at);

    private IReadOnlyList<string> Due(long at) => _state.Apply(new TakeDue(100), at);

    private SessionClosed Expire(string id, long at) => _state.Apply(new ExpireSession(id), at);

    private static Will Will(uint delay = 0) => new() { Topic = "will", Payload = Encoding.UTF8.GetBytes("gone"), DelaySeconds = delay };
}
