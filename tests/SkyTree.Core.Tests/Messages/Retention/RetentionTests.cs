using SkyTree.Core.Messages;
using SkyTree.Core.Messages.Retention;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Messages.Retention;

/// <summary>What rules keep after everybody has read it.</summary>
public sealed class RetentionTests
{
    private readonly TestCore _core = new();
    private readonly TestPeer _reader; // reads everything at once

    public RetentionTests()
    {
        _reader = _core.Connect("reader", durable: true, window: 60_000);
        _reader.Subscribe("#", 1);
    }

    [Fact]
    public async Task Without_a_limit_everything_is_kept_and_other_topics_are_not()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "keep/#" });
        Publish("keep/a", 1, 2, 3);
        Publish("other", 4, 5);
        _core.Time.Advance(TimeSpan.FromDays(1000));
        await trimmer.TrimAsync();
        Assert.Equal("1 2 3", Left("keep/a"));
        Assert.Equal("", Left("other"));
    }

    [Fact]
    public async Task An_age_keeps_what_is_no_older()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "t", MaximumAgeSeconds = 60 });
        Publish("t", 1);
        _core.Time.Advance(TimeSpan.FromSeconds(30));
        Publish("t", 2);
        _core.Time.Advance(TimeSpan.FromSeconds(30));
        await trimmer.TrimAsync();
        Assert.Equal("1 2", Left("t"));
        _core.Time.Advance(TimeSpan.FromMilliseconds(1));
        await trimmer.TrimAsync();
        Assert.Equal("2", Left("t"));
        _core.Time.Advance(TimeSpan.FromSeconds(30));
        await trimmer.TrimAsync();
        Assert.Equal("", Left("t"));
    }

    [Fact]
    public async Task A_number_keeps_the_last_ones_of_each_topic()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "#", MaximumMessages = 2 });
        Publish("a", 1, 2, 3, 4);
        Publish("b", 5);
        await trimmer.TrimAsync();
        Assert.Equal("3 4", Left("a"));
        Assert.Equal("5", Left("b"));
        Publish("a", 6);
        await trimmer.TrimAsync();
        Assert.Equal("4 6", Left("a"));
    }

    [Fact]
    public async Task Bytes_keep_the_last_messages_that_fit_in_whole()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "#", MaximumBytes = 10 });
        Publish("t", 1111, 2222, 3333, 44);
        await trimmer.TrimAsync();
        Assert.Equal("2222 3333 44", Left("t"));
        Publish("t", 5);
        await trimmer.TrimAsync();
        Assert.Equal("3333 44 5", Left("t"));
        Publish("t", 12345678901);
        await trimmer.TrimAsync();
        Assert.Equal("", Left("t"));
    }

    [Fact]
    public async Task Properties_count_as_bytes()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "#", MaximumBytes = 40 });
        for (int i = 0; i < 4; i++)
        {
            _core.Publish(_core.Message("t", 1, "12345") with { Properties = new byte[] { 3, 0, 5 }.Concat("content"u8[..5].ToArray()).ToArray() });
        }

        Read();
        await trimmer.TrimAsync();
        Assert.Equal(3, _core.Store.GetQueue("t").GetSummary().Count);
    }

    [Fact]
    public async Task Of_several_limits_each_must_keep_a_message()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "#", MaximumAgeSeconds = 60, MaximumMessages = 3, MaximumBytes = 6 });
        Publish("age", 1, 2);
        _core.Time.Advance(TimeSpan.FromSeconds(61));
        Publish("age", 3);
        Publish("number", 1, 2, 3, 4);
        Publish("bytes", 111, 222, 333);
        await trimmer.TrimAsync();
        Assert.Equal("3", Left("age"));
        Assert.Equal("2 3 4", Left("number"));
        Assert.Equal("222 333", Left("bytes"));
    }

    [Fact]
    public async Task The_last_of_each_topic_alone_is_exactly_one()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "#", LastPerTopic = true });
        Publish("a", 1, 2, 3);
        Publish("b", 4);
        await trimmer.TrimAsync();
        Assert.Equal("3", Left("a"));
        Assert.Equal("4", Left("b"));
        Publish("a", 5);
        await trimmer.TrimAsync();
        Assert.Equal("5", Left("a"));
    }

    [Fact]
    public async Task The_last_of_each_topic_stays_whatever_the_limits()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "#", LastPerTopic = true, MaximumAgeSeconds = 60, MaximumBytes = 3 });
        Publish("t", 1, 2, 3, 4);
        await trimmer.TrimAsync();
        Assert.Equal("2 3 4", Left("t"));
        Publish("t", 12345);
        await trimmer.TrimAsync();
        Assert.Equal("12345", Left("t"));
        _core.Time.Advance(TimeSpan.FromDays(1));
        await trimmer.TrimAsync();
        Assert.Equal("12345", Left("t"));
    }

    [Fact]
    public async Task A_message_stays_while_any_of_the_rules_keeps_it()
    {
        LogTrimmer trimmer = Trimmer(
            new RetentionRule { Filter = "#", MaximumMessages = 1 },
            new RetentionRule { Filter = "a/#", MaximumAgeSeconds = 60 },
            new RetentionRule { Filter = "+/x", MaximumAgeSeconds = 120 });
        Publish("a/x", 1, 2);
        Publish("a/y", 3, 4);
        Publish("b", 5, 6);
        await trimmer.TrimAsync();
        Assert.Equal("1 2", Left("a/x"));
        Assert.Equal("3 4", Left("a/y"));
        Assert.Equal("6", Left("b"));
        _core.Time.Advance(TimeSpan.FromSeconds(61));
        await trimmer.TrimAsync();
        Assert.Equal("1 2", Left("a/x"));
        Assert.Equal("4", Left("a/y"));
        _core.Time.Advance(TimeSpan.FromSeconds(60));
        await trimmer.TrimAsync();
        Assert.Equal("2", Left("a/x"));
    }

    [Fact]
    public async Task What_a_reader_needs_stays_beyond_the_rules()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "#", MaximumMessages = 1 });
        TestPeer slow = _core.Connect("slow", durable: true, window: 2);
        slow.Subscribe("t", 1);
        Publish("t", 1, 2, 3, 4);
        await trimmer.TrimAsync();
        Assert.Equal("1 2 3 4", Left("t"));
        slow.Receive().ForEach(p => slow.Ack(p.PacketId));
        await trimmer.TrimAsync();
        Assert.Equal("3 4", Left("t"));
        slow.Receive().ForEach(p => slow.Ack(p.PacketId));
        await trimmer.TrimAsync();
        Assert.Equal("4", Left("t"));
    }

    [Fact]
    public async Task What_a_shared_group_needs_stays_beyond_the_rules()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "#", MaximumAgeSeconds = 10 });
        TestPeer member = _core.Connect("member", durable: true);
        member.Subscribe("$share/g/t", 1);
        member.Disconnect();
        Publish("t", 1, 2);
        _core.Time.Advance(TimeSpan.FromSeconds(60));
        await trimmer.TrimAsync();
        Assert.Equal("1 2", Left("t"));
        member = _core.Connect("member", durable: true);
        member.Receive().ForEach(p => member.Ack(p.PacketId));
        await trimmer.TrimAsync();
        Assert.Equal("", Left("t"));
    }

    [Fact]
    public async Task Who_unsubscribed_holds_up_what_came_before_and_rules_keep_the_rest()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "#", MaximumMessages = 1 });
        TestPeer left = _core.Connect("left", durable: true);
        left.Subscribe("t", 1);
        Publish("t", 1, 2);
        left.Unsubscribe("t");
        Publish("t", 3, 4, 5);
        await trimmer.TrimAsync();
        Assert.Equal("1 2 3 4 5", Left("t"));
        left.Receive().ForEach(p => left.Ack(p.PacketId));
        await trimmer.TrimAsync();
        Assert.Equal("5", Left("t"));
    }

    [Fact]
    public async Task Who_unsubscribes_while_the_log_is_trimmed_still_gets_what_was_pending()
    {
        TestPeer left = _core.Connect("left", durable: true, window: 1);
        left.Subscribe("t", 1);
        Publish("t", 1, 2);
        await using var store = new CountingStore(_core.Store) { WhileFinding = () => left.Unsubscribe("t") };
        var trimmer = new LogTrimmer(
            _core.State, _core.Replicator, store, _core.Time, new RetentionPolicy([new RetentionRule { Filter = "other", MaximumAgeSeconds = 1 }]));
        await trimmer.TrimAsync();
        Assert.Equal("1 2", Left("t"));
        left.Disconnect();
        left = _core.Connect("left", durable: true);
        Assert.Equal("1 2", left.Payloads());
    }

    [Fact]
    public async Task Who_ends_frees_what_it_held_up()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "#", LastPerTopic = true });
        TestPeer gone = _core.Connect("gone", durable: true);
        gone.Subscribe("t", 1);
        gone.Disconnect();
        Publish("t", 1, 2);
        await trimmer.TrimAsync();
        Assert.Equal("1 2", Left("t"));
        _core.Connect("gone"); // begins anew
        await trimmer.TrimAsync();
        Assert.Equal("2", Left("t"));
    }

    [Fact]
    public async Task Who_came_later_and_unsubscribes_frees_the_topic_in_a_minute()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "u" });
        TestPeer slow = _core.Connect("slow", durable: true);
        slow.Subscribe("u", 1);
        Publish("u", 1); // it does not acknowledge this one
        TestPeer other = _core.Connect("other", durable: true);
        other.Subscribe("t", 1);
        Publish("t", 2);
        slow.Subscribe("t", 1);
        await trimmer.TrimAsync();
        other.Receive().ForEach(p => other.Ack(p.PacketId));
        await trimmer.TrimAsync();
        _core.Time.Advance(TimeSpan.FromSeconds(60));
        await trimmer.TrimAsync();
        Assert.Equal("2", Left("t")); // its cursor is before it
        slow.Unsubscribe("t");
        await trimmer.TrimAsync();
        _core.Time.Advance(TimeSpan.FromSeconds(60));
        await trimmer.TrimAsync();
        Assert.Equal("", Left("t"));
    }

    private LogTrimmer Trimmer(params RetentionRule[] rules) =>
        new(_core.State, _core.Replicator, new CountingStore(_core.Store) { IsAsynchronous = true }, _core.Time, new RetentionPolicy(rules));

    private void Publish(string topic, params long[] payloads)
    {
        foreach (long payload in payloads)
        {
            _core.Publish(topic, 1, $"{payload}");
        }

        Read();
    }

    private void Read() => _reader.Receive().ForEach(p => _reader.Ack(p.PacketId));

    private string Left(string topic)
    {
        List<StoredMessage> messages = [];
        _core.Store.GetQueue(topic).ReadByOffset(0, messages, int.MaxValue);
        return string.Join(' ', messages.Select(m => System.Text.Encoding.UTF8.GetString(m.Payload.Span)));
    }
}
