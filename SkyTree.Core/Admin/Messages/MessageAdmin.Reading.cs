using System.Text;
using SkyTree.Core.Messages;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Admin.Messages;

/// <content>Reading the log for people: bounded, and in both directions.</content>
public sealed partial class MessageAdmin
{
    private const int MostBuckets = 500;
    private const int MostCounted = 200_000; // messages for one histogram
    private const long SmallestStep = 256; // offsets that are read at a time, newest first
    private const long LargestStep = 1 << 20;
    private const long LargestStepOfTopic = 1L << 40; // what lies between is not even looked at
    private const int LargestStretch = 1024; // messages

    /// <summary>How many messages were stored over time.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="filter">A filter that the topics match; null: all.</param>
    /// <param name="from">The beginning.</param>
    /// <param name="to">The end, after the beginning.</param>
    /// <param name="buckets">Into so many equal parts the time is divided, 1 to 500.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, the query makes no sense, or the store is away.</exception>
    public async Task<MessageHistogram> CountOverTimeAsync(Caller caller, string? filter, DateTimeOffset from, DateTimeOffset to, int buckets, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Messages, AdminAccess.Read);
        if (to <= from || buckets is < 1 or > MostBuckets)
        {
            throw AdminMistakes.Invalid("to", "bad_range", "The end is after the beginning, and there are 1 to 500 buckets.");
        }

        Func<string, bool>? matches = Matcher(filter);
        var counts = new long[buckets];
        var bytes = new long[buckets];
        long fromMs = from.ToUnixTimeMilliseconds();
        long toMs = to.ToUnixTimeMilliseconds();
        long seen = 0;
        long started = _parts.Context.Time.GetTimestamp();
        if (await ReadAsync(() => _parts.Store.FindOffsetAsync(fromMs, cancellationToken)).ConfigureAwait(false) is not { } first)
        {
            return new MessageHistogram(from, to, counts, bytes, IsComplete: true, null);
        }

        long after = first - 1;
        while (true)
        {
            LogPage page = await ReadPageAsync(null, matches, after, 1000, cancellationToken).ConfigureAwait(false);
            foreach (StoredMessage message in page.Messages)
            {
                if (message.TimestampMs >= toMs)
                {
                    return new MessageHistogram(from, to, counts, bytes, IsComplete: true, null);
                }

                int bucket = (int)Math.Clamp((message.TimestampMs - fromMs) * buckets / Math.Max(1, toMs - fromMs), 0, buckets - 1);
                counts[bucket]++;
                bytes[bucket] += message.Payload.Length;
                seen++;
            }

            if (page.Next == after)
            {
                return new MessageHistogram(from, to, counts, bytes, IsComplete: true, null);
            }

            after = page.Next;
            if (seen >= MostCounted || _parts.Context.Time.GetElapsedTime(started) > s_patience)
            {
                DateTimeOffset? until = page.Messages.Count > 0 ? AdminTime.From(page.Messages[^1].TimestampMs) : null;
                return new MessageHistogram(from, to, counts, bytes, IsComplete: false, until);
            }
        }
    }

    private static Func<string, bool>? Matcher(string? filter)
    {
        if (string.IsNullOrEmpty(filter))
        {
            return null;
        }

        TopicFilter parsed = AdminMistakes.RequireFilter("filter", filter);
        return topic => TopicFilter.Matches(parsed.Filter, topic);
    }

    private static async ValueTask<T> ReadAsync<T>(Func<ValueTask<T>> read)
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or AdminException))
        {
            throw AdminMistakes.StoreAway(exception);
        }
    }

    /// <summary>A page of the log, or of one topic's.</summary>
    private ValueTask<LogPage> ReadPageAsync(string? topic, Func<string, bool>? matches, long after, int limit, CancellationToken cancellationToken) => ReadAsync(async () =>
    {
        if (topic is null)
        {
            return await _parts.Store.ReadLogAsync(after, matches, limit, cancellationToken).ConfigureAwait(false);
        }

        IReadOnlyList<StoredMessage> messages = await _parts.Store.GetQueue(topic).ReadByOffsetAsync(after, limit, cancellationToken).ConfigureAwait(false);
        return new LogPage(messages, messages.Count == 0 ? after : messages[^1].Offset);
    });

    /// <summary>The offsets that a query can mean.</summary>
    private async ValueTask<(long First, long Last)> FindRangeAsync(MessageQuery query, CancellationToken cancellationToken)
    {
        long first = Math.Max(1, query.FromOffset ?? 1);
        long last = Math.Min(query.ToOffset ?? long.MaxValue, await ReadAsync(() => _parts.Store.GetLastOffsetAsync(cancellationToken)).ConfigureAwait(false));
        if (query.From is { } from)
        {
            first = Math.Max(first, await ReadAsync(() => _parts.Store.FindOffsetAsync(from.ToUnixTimeMilliseconds(), cancellationToken)).ConfigureAwait(false) ?? long.MaxValue);
        }

        if (query.To is { } to && await ReadAsync(() => _parts.Store.FindOffsetAsync(to.ToUnixTimeMilliseconds(), cancellationToken)).ConfigureAwait(false) is { } end)
        {
            last = Math.Min(last, end - 1);
        }

        return (first, last);
    }

    /// <summary>
    /// Newest first: stretches of offsets are read from the end, longer ones where little is found. The log is read forward
    /// only, so a stretch that holds more than a page is read to its end and its oldest are given by the next page.
    /// </summary>
    private async Task<Page<MessageItem>> ListNewestAsync(Scan scan, Func<string, bool>? matches, long first, long last, CancellationToken cancellationToken)
    {
        long step = SmallestStep;
        long end = last;
        while (end >= first)
        {
            long begin = Math.Max(first, end - step + 1);
            var stretch = new List<StoredMessage>();
            long after = begin - 1;
            while (after < end && (stretch.Count <= LargestStretch || step <= SmallestStep))
            {
                LogPage page = await ReadPageAsync(scan.Query.Topic, matches, after, PageOfLog, cancellationToken).ConfigureAwait(false);
                stretch.AddRange(page.Messages.TakeWhile(message => message.Offset <= end));
                if (page.Next == after)
                {
                    break;
                }

                after = page.Next;
            }

            if (stretch.Count > LargestStretch && step > SmallestStep)
            {
                step = Math.Max(SmallestStep, step / 16); // more lies here than is held at a time
                continue;
            }

            for (int i = stretch.Count - 1; i >= 0; i--)
            {
                if (!scan.Add(stretch[i]))
                {
                    return scan.End(stretch[i].Offset + 1);
                }
            }

            end = begin - 1;
            if (scan.IsTired && end >= first)
            {
                return scan.End(end + 1);
            }

            // What lies far apart is looked for in longer stretches, what lies close in shorter ones.
            step = stretch.Count < SmallestStep / 2 ? Math.Min(step * 4, scan.Query.Topic is null ? LargestStep : LargestStepOfTopic) : SmallestStep;
        }

        return scan.End(null);
    }

    /// <summary>A page on its way.</summary>
    private sealed class Scan(MessageQuery query, int limit, TimeProvider time)
    {
        private readonly List<MessageItem> _items = [];
        private readonly long _started = time.GetTimestamp();
        private readonly byte[]? _text = string.IsNullOrEmpty(query.PayloadContains) ? null : Encoding.UTF8.GetBytes(query.PayloadContains);
        private long _bytes;
        private int _seen;

        public MessageQuery Query => query;

        /// <summary>Whether so much was looked at that the page ends here.</summary>
        public bool IsTired => _seen >= MostWork || time.GetElapsedTime(_started) > s_patience;

        /// <summary>Adds a message if it is asked for. False: the page is full, and it belongs to the next one.</summary>
        public bool Add(StoredMessage message)
        {
            _seen++;
            bool fits = (query.PublisherId is not { } publisher || message.PublisherId == publisher)
                && (query.QoS is not { } qos || message.QoS == (byte)qos)
                && (_text is null || message.Payload.Span.IndexOf(_text) >= 0);
            if (!fits)
            {
                return true;
            }

            if (_items.Count == limit || _bytes > MostPayloads)
            {
                return false;
            }

            MessageItem item = MessageItem.Of(message, Math.Max(0, query.PayloadLimit));
            _items.Add(item);
            _bytes += item.Payload.Length + message.Properties.Length + message.Topic.Length;
            return true;
        }

        public Page<MessageItem> End(long? next) => new(_items, next is { } at ? Paging.Encode(at) : null);
    }
}

/// <summary>Which stored messages are meant: those that fit all that is set.</summary>
public sealed record MessageQuery
{
    /// <summary>Those of one topic; cheap however long the log is.</summary>
    public string? Topic { get; init; }

    /// <summary>Those whose topics match a filter; not looked at when there is a topic.</summary>
    public string? Filter { get; init; }

    /// <summary>From this offset on.</summary>
    public long? FromOffset { get; init; }

    /// <summary>Up to and with this offset.</summary>
    public long? ToOffset { get; init; }

    /// <summary>Stored at this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Stored before this time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The publisher's client identifier; empty: the broker.</summary>
    public string? PublisherId { get; init; }

    /// <summary>Published with this QoS.</summary>
    public Protocol.QoS? QoS { get; init; }

    /// <summary>The payload contains this text in UTF-8, exactly so.</summary>
    public string? PayloadContains { get; init; }

    /// <summary>Whether the newest come first.</summary>
    public bool NewestFirst { get; init; }

    /// <summary>So many bytes of each payload at most.</summary>
    public int PayloadLimit { get; init; } = 1024;
}

/// <summary>How many messages were stored over time.</summary>
/// <param name="From">The beginning.</param>
/// <param name="To">The end.</param>
/// <param name="Messages">Messages in each part of the time.</param>
/// <param name="Bytes">Bytes of their payloads.</param>
/// <param name="IsComplete">False: there were more than are counted for one answer.</param>
/// <param name="CountedUntil">Up to this time they are counted, if not to the end.</param>
public sealed record MessageHistogram(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<long> Messages, IReadOnlyList<long> Bytes, bool IsComplete, DateTimeOffset? CountedUntil);
