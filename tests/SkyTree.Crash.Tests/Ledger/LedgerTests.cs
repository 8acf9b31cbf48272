using System.Text;
using SkyTree.Crash.Tests.Wire;
using Xunit;

namespace SkyTree.Crash.Tests.Ledger;

/// <summary>Histories with one mistake each: the ledger finds that mistake and no other, and nothing in a right one.</summary>
public sealed class LedgerTests
{
    private const string Topic = "c/p/0";
    private const int Bytes = 24;

    private readonly CrashLedger _ledger = new();

    public LedgerTests() => Subscribe("s", new Subscription("c/#", 2));

    [Fact]
    public void A_right_history_has_no_findings()
    {
        Subscribe("s-1", new Subscription("c/+/0", 1));
        SentMessage first = Publish(2);
        SentMessage second = Publish(1);
        foreach (string client in (string[])["s", "s-1"])
        {
            Deliver(client, first, qos: client == "s" ? 2 : 1);
            Deliver(client, second);
        }

        Assert.Empty(_ledger.Check());
        Assert.Equal(0, _ledger.Missing);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void An_acknowledged_message_that_does_not_come_is_lost(int qos)
    {
        SentMessage lost = Publish(qos);
        Deliver("s", Publish(qos));

        Assert.Equal(1, _ledger.Missing);
        Assert.Contains($"p {lost.Number} ", Only(FindingKind.Lost).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_missing_no_longer_when_it_has_come_whichever_was_first()
    {
        SentMessage late = Publish(2);
        SentMessage early = Send(2);
        Deliver("s", late);
        Deliver("s", early);
        Assert.Equal(0, _ledger.Missing);
        _ledger.Acknowledged(early);
        _ledger.Acknowledged(early);

        Assert.Equal(0, _ledger.Missing);
        Assert.Empty(_ledger.Check());
    }

    [Fact]
    public void A_message_that_was_not_acknowledged_may_be_missing()
    {
        Send(1);
        Send(2);

        Assert.Empty(_ledger.Check());
    }

    [Fact]
    public void Who_subscribes_later_need_not_get_it()
    {
        SentMessage earlier = Publish(2);
        Subscribe("late", new Subscription("c/#", 2));
        Deliver("s", earlier);

        Assert.Empty(_ledger.Check());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_QoS_2_message_that_comes_twice_is_doubled_acknowledged_or_not(bool isAcknowledged)
    {
        SentMessage message = isAcknowledged ? Publish(2) : Send(2);
        Deliver("s", message);
        Deliver("s", message);

        Only(FindingKind.Doubled);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public void A_message_that_goes_out_at_QoS_1_may_come_twice(int sent, int granted)
    {
        Subscribe("t", new Subscription("d/#", granted));
        SentMessage message = Send(sent, topic: "d/0");
        _ledger.Acknowledged(message);
        Deliver("t", message, qos: 1);
        Deliver("t", message, qos: 1);

        Assert.Empty(_ledger.Check());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_message_behind_a_later_one_is_out_of_order(int qos)
    {
        SentMessage first = Publish(qos);
        SentMessage second = Publish(qos);
        Deliver("s", second);
        Deliver("s", first);

        Only(FindingKind.OutOfOrder);
    }

    [Fact]
    public void Another_QoS_another_topic_and_a_repeat_have_an_order_of_their_own()
    {
        SentMessage first = Publish(1);
        SentMessage second = Publish(2);
        SentMessage third = Publish(1);
        Deliver("s", second);
        Deliver("s", first);
        Deliver("s", third);
        Deliver("s", first);

        Assert.Empty(_ledger.Check());
    }

    [Fact]
    public void A_message_that_comes_first_behind_a_repeat_is_out_of_order()
    {
        SentMessage[] messages = [Publish(1), Publish(1), Publish(1)];
        Deliver("s", messages[0]);
        Deliver("s", messages[2]);
        Deliver("s", messages[0]);
        Deliver("s", messages[1]);

        Only(FindingKind.OutOfOrder);
    }

    [Theory]
    [InlineData("p 7 ....................", Topic)]
    [InlineData("q 1 ....................", Topic)]
    [InlineData("p 1 ...................x", Topic)]
    [InlineData("p 1 ...................", Topic)]
    [InlineData("p 1 ....................", "c/p/1")]
    [InlineData("", Topic)]
    public void What_nobody_sent_is_damaged(string payload, string topic)
    {
        Send(1);
        _ledger.Received("s", null, 1, new Packet(PacketType.Publish) { Topic = topic, QoS = 1, Payload = Encoding.ASCII.GetBytes(payload) });

        Only(FindingKind.Damaged);
    }

    [Fact]
    public void A_live_message_is_not_retained()
    {
        SentMessage message = Publish(1);
        _ledger.Received("s", null, 1, new Packet(PacketType.Publish) { Topic = Topic, QoS = 1, Retain = true, Payload = message.Payload() });

        Only(FindingKind.Damaged);
    }

    [Fact]
    public void Overlapping_subscriptions_grant_the_highest_QoS()
    {
        Subscribe("o", new Subscription("d/#", 1), new Subscription("d/+", 2), new Subscription("e", 0));
        SentMessage message = Send(2, topic: "d/0");
        _ledger.Acknowledged(message);
        Deliver("o", message, qos: 1);

        Only(FindingKind.WrongQoS);
    }

    [Fact]
    public void What_was_not_subscribed_to_should_not_come()
    {
        Subscribe("o", new Subscription("d/#", 1));
        SentMessage message = Publish(2);
        Deliver("s", message);
        Deliver("o", message);

        Only(FindingKind.NotSubscribed);
    }

    [Fact]
    public void A_group_gets_each_message_at_one_member()
    {
        SubscribeGroup();
        SentMessage first = Publish(2);
        SentMessage second = Publish(1);
        Deliver("s", first);
        Deliver("s", second);
        _ledger.Received("a", "g", 1, Packet(first, 2));
        Assert.Equal(1, _ledger.Missing);
        _ledger.Received("b", "g", 1, Packet(second, 1));
        _ledger.Received("a", "g", 1, Packet(second, 1));

        Assert.Equal(0, _ledger.Missing);
        Assert.Empty(_ledger.Check());
    }

    [Fact]
    public void A_QoS_2_message_at_two_members_of_a_group_is_doubled()
    {
        SubscribeGroup();
        SentMessage message = Publish(2);
        Deliver("s", message);
        _ledger.Received("a", "g", 1, Packet(message, 2));
        _ledger.Received("b", "g", 1, Packet(message, 2));

        string text = Only(FindingKind.Doubled).Text;
        Assert.Contains("at a", text, StringComparison.Ordinal);
        Assert.Contains("at b", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_at_no_member_of_a_group_is_lost()
    {
        SubscribeGroup();
        Deliver("s", Publish(1));

        Only(FindingKind.Lost);
    }

    [Fact]
    public void What_clients_report_is_among_the_findings()
    {
        _ledger.Report(FindingKind.SessionPresent, "the session is gone");

        Only(FindingKind.SessionPresent);
    }

    [Theory]
    [InlineData("c/#", "c", true)]
    [InlineData("c/#", "c/p/0", true)]
    [InlineData("c/+/0", "c/p/0", true)]
    [InlineData("c/+/0", "c/p/1", false)]
    [InlineData("c/+", "c/p/0", false)]
    [InlineData("c/p/0/1", "c/p/0", false)]
    [InlineData("$share/g/c/#", "c/p/0", true)]
    [InlineData("$share/g/d/#", "c/p/0", false)]
    public void Filters_match_as_the_specification_says(string filter, string topic, bool matches) =>
        Assert.Equal(matches, new Subscription(filter, 1).Matches(topic));

    private void Subscribe(string client, params Subscription[] subscriptions) => _ledger.Subscribed(client, subscriptions);

    private void SubscribeGroup()
    {
        Subscribe("a", new Subscription("$share/g/c/#", 2));
        Subscribe("b", new Subscription("$share/g/c/#", 2));
    }

    private SentMessage Send(int qos, string topic = Topic) => _ledger.Sent("p", topic, qos, Bytes);

    private SentMessage Publish(int qos)
    {
        SentMessage message = Send(qos);
        _ledger.Acknowledged(message);
        return message;
    }

    private void Deliver(string client, SentMessage message, int? qos = null) => _ledger.Received(client, null, 1, Packet(message, qos ?? message.QoS));

    private static Packet Packet(SentMessage message, int qos) => new(PacketType.Publish) { Topic = message.Topic, QoS = qos, Payload = message.Payload() };

    private Finding Only(FindingKind kind)
    {
        Finding finding = Assert.Single(_ledger.Check());
        Assert.Equal(kind, finding.Kind);
        return finding;
    }
}
