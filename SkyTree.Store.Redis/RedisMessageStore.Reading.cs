using SkyTree.Core.Messages;
using SkyTree.Store.Redis.Layout;
using StackExchange.Redis;

namespace SkyTree.Store.Redis;

public sealed partial class RedisMessageStore
{
    // A page is one answer on a connection that others share.
    private const int PageMessages = 1000;
    private const long PageBytes = 4 * 1024 * 1024; // unless one message alone is larger

    // How many entries a filtered read looks at in one go.
    private const int ScanEntries = 1000;

    /// <inheritdoc/>
    public override async ValueTask<LogPage> ReadLogAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        limit = Math.Min(limit, PageMessages);

        // Entries first: messages that the filter passes over are not worth reading.
        List<LogEntry> entries = await ReadEntriesAsync(LogEntry.After(Math.Max(after, 0)), filter is null ? limit : ScanEntries, cancellationToken).ConfigureAwait(false);
        if (entries.Count == 0)
        {
            return new LogPage([], after);
        }

        HashSet<string>? topics = filter is null ? null : await MatchAsync(entries, filter, cancellationToken).ConfigureAwait(false);
        List<long> wanted = [];
        long next = after;
        long bytes = 0;
        foreach (LogEntry entry in entries)
        {
            if (topics is null || topics.Contains(entry.TopicId))
            {
                bytes += entry.RecordBytes;
                if (wanted.Count == limit || (bytes > PageBytes && wanted.Count > 0))
                {
                    break;
                }

                wanted.Add(entry.Offset);
            }

            next = entry.Offset;
        }

        return new LogPage(await ReadMessagesAsync(wanted, cancellationToken).ConfigureAwait(false), next);
    }

    /// <inheritdoc/>
    public override async ValueTask<long?> FindOffsetAsync(long timestampMs, CancellationToken cancellationToken = default)
    {
        long time = AppendChunk.ToIndexTime(timestampMs);
        LogEntry? first = await ReadEntryAsync(LogEntry.After(0), Order.Ascending, cancellationToken).ConfigureAwait(false);
        LogEntry? last = await ReadEntryAsync("-", Order.Descending, cancellationToken).ConfigureAwait(false);
        if (first is null || last is null || last.Value.ClockMs < time)
        {
            return null;
        }

        // Below low every clock is before the time, at high and above none is. Halves the offsets, so what lies between need not be counted.
        long low = first.Value.Offset;
        long high = last.Value.Offset;
        while (low < high)
        {
            long middle = low + ((high - low) / 2);
            LogEntry? entry = await ReadEntryAsync(LogEntry.IdOf(middle), Order.Ascending, cancellationToken).ConfigureAwait(false);
            if (entry is { } found && found.ClockMs < time)
            {
                low = found.Offset + 1;
            }
            else
            {
                high = middle;
            }
        }

        return await FindFromAsync(low, time, cancellationToken).ConfigureAwait(false);
    }

    internal async ValueTask<IReadOnlyList<StoredMessage>> ReadByOffsetAsync(string topic, long offset, int limit, CancellationToken cancellationToken)
    {
        RedisValue key = TopicKey.ToBytes(topic);
        int take = Math.Min(limit, PageMessages);
        while (true)
        {
            RedisResult answer = await Connection.RunAsync(
                Scripts.ReadQueue, [_keys.Topics], [_keys.Queues, key, Math.Max(offset, 0), take], cancellationToken).ConfigureAwait(false);
            string[] found = (string[])answer!;
            if (found.Length == 0)
            {
                return [];
            }

            List<long> wanted = [];
            long bytes = 0;
            foreach (QueueEntry entry in found.Select(QueueEntry.Read))
            {
                bytes += entry.RecordBytes;
                if (bytes > PageBytes && wanted.Count > 0)
                {
                    break;
                }

                wanted.Add(entry.Offset);
            }

            List<StoredMessage> messages = await ReadMessagesAsync(wanted, cancellationToken).ConfigureAwait(false);
            if (messages.Count > 0)
            {
                return messages;
            }

            offset = wanted[^1]; // All of them were deleted meanwhile, which is not the end.
        }
    }

    /// <summary>
    /// The first message from an offset on whose own timestamp is not before a time. It is the one at the offset, unless the
    /// clock was set back and the messages before that are deleted.
    /// </summary>
    private async Task<long?> FindFromAsync(long offset, long time, CancellationToken cancellationToken)
    {
        RedisValue from = LogEntry.IdOf(offset);
        for (int take = 1; ; take = ScanEntries)
        {
            List<LogEntry> entries = await ReadEntriesAsync(from, take, cancellationToken).ConfigureAwait(false);
            if (entries.Count == 0)
            {
                return null;
            }

            int at = entries.FindIndex(e => e.TimestampMs >= time);
            if (at >= 0)
            {
                return entries[at].Offset;
            }

            from = LogEntry.After(entries[^1].Offset);
        }
    }

    private async Task<List<LogEntry>> ReadEntriesAsync(RedisValue from, int take, CancellationToken cancellationToken)
    {
        StreamEntry[] entries = await Connection.CallAsync(d => d.StreamRangeAsync(_keys.Log, from, count: take), cancellationToken).ConfigureAwait(false);
        List<LogEntry> read = new(entries.Length);
        foreach (StreamEntry entry in entries)
        {
            read.Add(LogEntry.Read(entry));
        }

        return read;
    }

    private async Task<LogEntry?> ReadEntryAsync(RedisValue from, Order order, CancellationToken cancellationToken)
    {
        StreamEntry[] entries = await Connection.CallAsync(
            d => d.StreamRangeAsync(_keys.Log, from, count: 1, messageOrder: order), cancellationToken).ConfigureAwait(false);
        return entries.Length == 0 ? null : LogEntry.Read(entries[0]);
    }

    /// <summary>The ids of the entries' topics that a filter takes.</summary>
    private async Task<HashSet<string>> MatchAsync(List<LogEntry> entries, Func<string, bool> filter, CancellationToken cancellationToken)
    {
        HashSet<string> matching = new(StringComparer.Ordinal);
        List<string> unknown = [];
        foreach (string id in entries.Select(static e => e.TopicId).Distinct())
        {
            if (!_names.TryGet(id, out string? topic))
            {
                unknown.Add(id);
            }
            else if (filter(topic!))
            {
                matching.Add(id);
            }
        }

        if (unknown.Count > 0)
        {
            RedisValue[] names = await Connection.CallAsync(d => d.HashGetAsync(_keys.Names, [.. unknown.Select(i => (RedisValue)i)]), cancellationToken).ConfigureAwait(false);
            for (int i = 0; i < names.Length; i++)
            {
                // A topic that was emptied meanwhile has no name and no messages.
                if ((byte[]?)names[i] is { } name)
                {
                    string topic = TopicKey.FromBytes(name);
                    _names.Add(unknown[i], topic);
                    if (filter(topic))
                    {
                        matching.Add(unknown[i]);
                    }
                }
            }
        }

        return matching;
    }

    private async Task<List<StoredMessage>> ReadMessagesAsync(List<long> offsets, CancellationToken cancellationToken)
    {
        List<StoredMessage> messages = new(offsets.Count);
        if (offsets.Count == 0)
        {
            return messages;
        }

        RedisValue[] records = await Connection.CallAsync(d => d.HashGetAsync(_keys.Bodies, [.. offsets.Select(o => (RedisValue)o)]), cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < records.Length; i++)
        {
            if ((byte[]?)records[i] is { } record)
            {
                messages.Add(StoredMessageFormat.Read(offsets[i], record));
            }
            else
            {
                await RequireDeletedAsync(offsets[i], cancellationToken).ConfigureAwait(false);
            }
        }

        return messages;
    }

    /// <summary>A body may be gone because it was deleted meanwhile, but then with its entry: else the server threw it away.</summary>
    private async Task RequireDeletedAsync(long offset, CancellationToken cancellationToken)
    {
        if (await ReadEntryAsync(LogEntry.IdOf(offset), Order.Ascending, cancellationToken).ConfigureAwait(false) is { } entry && entry.Offset == offset)
        {
            throw new InvalidDataException($"Redis at {Connection.Name} has an entry for the stored message at offset {offset}, but not the message.");
        }
    }
}
