using System.Collections.Concurrent;
using System.Text;
using SkyTree.Core.Messages;

namespace SkyTree.Store.RocksDb.Topics;

/// <summary>The topics that have messages, in memory. Changed by who holds the database's write lock, read by all.</summary>
internal sealed class TopicTable
{
    private const int ListChunk = 512; // names taken under the lock at a time

    private readonly ConcurrentDictionary<byte[], TopicEntry> _byName = new(new TopicNameComparer());
    private readonly ConcurrentDictionary<byte[], TopicEntry>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;
    private readonly SortedSet<string> _sorted = new(StringComparer.Ordinal); // locks itself
    private long _lastQueue;

    public TopicTable() => _bySpan = _byName.GetAlternateLookup<ReadOnlySpan<byte>>();

    public int Count => _byName.Count;

    public IEnumerable<TopicEntry> All => _byName.Values;

    public TopicEntry? Find(ReadOnlySpan<byte> utf8) => _bySpan.TryGetValue(utf8, out TopicEntry? entry) ? entry : null;

    public TopicEntry? Find(string topic)
    {
        int size = Encoding.UTF8.GetMaxByteCount(topic.Length);
        Span<byte> utf8 = size <= 512 ? stackalloc byte[512] : new byte[size];
        return Find(utf8[..Encoding.UTF8.GetBytes(topic, utf8)]);
    }

    /// <summary>A topic's entry, made with a queue id that none has when it is not there.</summary>
    public TopicEntry FindOrAdd(ReadOnlySpan<byte> utf8) => Find(utf8) ?? Add(utf8, ++_lastQueue);

    /// <summary>Adds a topic that has been read from the database.</summary>
    public TopicEntry Add(ReadOnlySpan<byte> utf8, long queue)
    {
        _lastQueue = Math.Max(_lastQueue, queue);
        TopicEntry entry = new(utf8.ToArray(), Encoding.UTF8.GetString(utf8), queue);
        _byName[entry.Utf8] = entry;
        lock (_sorted)
        {
            _sorted.Add(entry.Name);
        }

        return entry;
    }

    public void Remove(TopicEntry entry)
    {
        _byName.TryRemove(entry.Utf8, out _);
        lock (_sorted)
        {
            _sorted.Remove(entry.Name);
        }
    }

    public TopicSummary Summarize(string topic) => Find(topic)?.Summary ?? new TopicSummary(topic, 0, 0, 0);

    public List<TopicSummary> List(Func<string, bool>? filter, string? after, int limit, CancellationToken cancellationToken)
    {
        List<TopicSummary> page = [];
        while (page.Count < limit)
        {
            cancellationToken.ThrowIfCancellationRequested();
            List<string> names = NamesAfter(after);
            if (names.Count == 0)
            {
                break;
            }

            after = names[^1];
            foreach (string name in names)
            {
                if (page.Count < limit && (filter is null || filter(name)) && Summarize(name) is { Count: > 0 } summary)
                {
                    page.Add(summary);
                }
            }
        }

        return page;
    }

    private List<string> NamesAfter(string? after)
    {
        List<string> names = new(ListChunk);
        lock (_sorted)
        {
            if (_sorted.Max is not { } max || (after is not null && string.CompareOrdinal(after, max) >= 0))
            {
                return names;
            }

            foreach (string name in after is null ? _sorted : _sorted.GetViewBetween(after, max))
            {
                if (name == after)
                {
                    continue;
                }

                names.Add(name);
                if (names.Count == ListChunk)
                {
                    break;
                }
            }
        }

        return names;
    }
}
