using System.Buffers;
using System.Text;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Messages.Retention;

/// <summary>What the retention rules come to: which topics are stored for nobody's sake, and how much of a topic may go. Immutable.</summary>
internal sealed class RetentionPolicy
{
    /// <summary>Messages that one look at a topic reads at most. Each is read once: what was read is deleted, unless a reader needs it.</summary>
    internal const int LargestLook = 1024;

    private const long LargestLookBytes = 16 * 1024 * 1024;
    private const int PageSize = 256;
    private const int PageBytes = 4 * 1024 * 1024;
    private const int LargestOnStack = 512;

    private readonly Entry[] _rules;
    private readonly long[] _agesMs; // each once

    /// <summary>Creates one.</summary>
    /// <param name="rules">The rules, which <see cref="RetentionRule.Validate"/> has found right.</param>
    /// <exception cref="ArgumentException">They are not.</exception>
    public RetentionPolicy(IReadOnlyList<RetentionRule> rules)
    {
        List<string> errors = [];
        RetentionRule.Validate(rules, nameof(rules), errors);
        if (errors.Count > 0)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, errors), nameof(rules));
        }

        _agesMs = [.. rules.Where(rule => rule.MaximumAgeSeconds > 0).Select(rule => rule.MaximumAgeSeconds * 1000L).Distinct()];
        _rules = [.. rules.Select(rule => new Entry(rule, Array.IndexOf(_agesMs, rule.MaximumAgeSeconds * 1000L)))];
    }

    /// <summary>No rules.</summary>
    public static RetentionPolicy None { get; } = new([]);

    /// <summary>Whether there are no rules.</summary>
    public bool IsEmpty => _rules.Length == 0;

    /// <summary>Whether a rule is for a topic, so that its messages are stored although nobody durable reads them.</summary>
    /// <param name="topic">The topic name.</param>
    public bool Keeps(string topic) => KeepsAny(topic);

    /// <summary>The same for a topic name in UTF-8. Allocates nothing.</summary>
    /// <param name="topicUtf8">The topic name.</param>
    public bool Keeps(ReadOnlySpan<byte> topicUtf8)
    {
        if (_rules.Length == 0)
        {
            return false;
        }

        char[]? rented = null;
        Span<char> topic = topicUtf8.Length <= LargestOnStack
            ? stackalloc char[LargestOnStack]
            : rented = ArrayPool<char>.Shared.Rent(topicUtf8.Length);
        bool keeps = KeepsAny(topic[..Encoding.UTF8.GetChars(topicUtf8, topic)]);
        if (rented is not null)
        {
            ArrayPool<char>.Shared.Return(rented);
        }

        return keeps;
    }

    /// <summary>Finds how far the log is over age: one look-up for each age that rules name, whatever the number of topics.</summary>
    /// <param name="store">The messages.</param>
    /// <param name="last">The last offset; the message was in the store before this is called.</param>
    /// <param name="nowMs">The time, in milliseconds since 1970-01-01 UTC.</param>
    public async ValueTask<RetentionAges> FindAgesAsync(MessageStore store, long last, long nowMs)
    {
        if (IsEmpty)
        {
            return new RetentionAges([], last);
        }

        var floors = new long[_agesMs.Length];
        for (int i = 0; i < floors.Length; i++)
        {
            // No message before the first one that is young enough is: it would be the first.
            long? young = await store.FindOffsetAsync(nowMs - _agesMs[i]).ConfigureAwait(false);
            floors[i] = Math.Min(last, young - 1 ?? last);
        }

        long everywhere = last;
        foreach (Entry rule in _rules)
        {
            everywhere = Math.Min(everywhere, rule.Age < 0 || rule.Rule.LastPerTopic ? 0 : floors[rule.Age]);
        }

        return new RetentionAges(floors, everywhere);
    }

    /// <summary>
    /// Up to where no rule keeps a topic's messages. Ages and <see cref="RetentionRule.LastPerTopic"/> are judged without
    /// reading; for numbers and bytes the topic is read from its front while it holds too many.
    /// </summary>
    /// <param name="queue">The topic's messages.</param>
    /// <param name="summary">What the topic held a while ago.</param>
    /// <param name="ages">How far the log is over age.</param>
    /// <param name="atMost">An offset beyond which nothing may be deleted anyway.</param>
    public async ValueTask<RetentionFloor> FloorAsync(MessageQueue queue, TopicSummary summary, RetentionAges ages, long atMost)
    {
        List<Entry>? rules = null;
        long certain = atMost; // known without reading
        long possible = atMost; // if reading shows that the rest is over the limits
        foreach (Entry rule in _rules)
        {
            if (!TopicFilter.Matches(rule.Rule.Filter, queue.Topic))
            {
                continue;
            }

            (rules ??= []).Add(rule);
            (long low, long high) = rule.Bounds(summary, ages);
            certain = Math.Min(certain, low);
            possible = Math.Min(possible, high);
        }

        return certain == possible
            ? new RetentionFloor(certain, HasMore: false)
            : await CountAsync(queue, summary, rules!, ages, certain, possible).ConfigureAwait(false);
    }

    /// <summary>Reads from the front until a rule keeps a message.</summary>
    private static async ValueTask<RetentionFloor> CountAsync(
        MessageQueue queue, TopicSummary summary, List<Entry> rules, RetentionAges ages, long certain, long possible)
    {
        int pageSize = (int)Math.Clamp(PageBytes / Math.Max(1, summary.Bytes / Math.Max(1, summary.Count)), 1, PageSize);
        long floor = certain;
        long passed = 0;
        long passedBytes = 0;
        long after = 0;
        while (passed < LargestLook && passedBytes < LargestLookBytes)
        {
            IReadOnlyList<StoredMessage> page = await queue.ReadByOffsetAsync(after, (int)Math.Min(pageSize, LargestLook - passed)).ConfigureAwait(false);

            // Asked after the page was read: what somebody else deletes meanwhile makes us keep more, never less.
            TopicSummary held = await queue.GetSummaryAsync().ConfigureAwait(false);
            foreach (StoredMessage message in page)
            {
                bool isKept = message.Offset > possible
                    || rules.Exists(rule => rule.IsWithinLimits(message.Offset, held.Count - passed, held.Bytes - passedBytes, ages));
                if (isKept)
                {
                    return new RetentionFloor(floor, HasMore: false);
                }

                floor = Math.Max(floor, message.Offset);
                passed++;
                passedBytes += message.Payload.Length + message.Properties.Length;
            }

            if (page.Count == 0)
            {
                return new RetentionFloor(floor, HasMore: false);
            }

            after = page[^1].Offset;
        }

        return new RetentionFloor(floor, HasMore: true);
    }

    private bool KeepsAny(ReadOnlySpan<char> topic)
    {
        foreach (Entry rule in _rules)
        {
            if (TopicFilter.Matches(rule.Rule.Filter, topic))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A rule.</summary>
    /// <param name="Rule">The rule.</param>
    /// <param name="Age">Which of the policy's ages it names; -1: none.</param>
    private readonly record struct Entry(RetentionRule Rule, int Age)
    {
        /// <summary>The lowest and the highest that its floor can be, as far as the summary tells.</summary>
        public (long Low, long High) Bounds(TopicSummary summary, RetentionAges ages)
        {
            bool isFull = IsOver(Rule.MaximumMessages, summary.Count) || IsOver(Rule.MaximumBytes, summary.Bytes);
            long low = Rule.HasLimits || !Rule.LastPerTopic ? ages.Floor(Age) : long.MaxValue;
            long high = isFull ? long.MaxValue : low;

            // What is appended from now on comes after the last one: it is kept all the more.
            long beforeLast = Rule.LastPerTopic ? summary.LastOffset - 1 : long.MaxValue;
            return (Math.Min(low, beforeLast), Math.Min(high, beforeLast));
        }

        /// <summary>Whether its limits keep a message.</summary>
        /// <param name="offset">The message.</param>
        /// <param name="count">Messages of the topic from this one on.</param>
        /// <param name="bytes">Their bytes.</param>
        /// <param name="ages">How far the log is over age.</param>
        public bool IsWithinLimits(long offset, long count, long bytes, RetentionAges ages) =>
            Rule.HasLimits && offset > ages.Floor(Age) && !IsOver(Rule.MaximumMessages, count) && !IsOver(Rule.MaximumBytes, bytes);

        private static bool IsOver(long limit, long value) => limit > 0 && value > limit;
    }
}
