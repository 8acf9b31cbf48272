using System.Text;

namespace SkyTree.Store.RocksDb.Topics;

/// <summary>Asks a filter about each topic of a page once, and makes no string of a topic that is known.</summary>
internal sealed class TopicFilterCache(TopicTable topics, Func<string, bool> filter)
{
    private readonly Dictionary<TopicEntry, bool> _verdicts = [];
    private TopicEntry? _last; // messages of one topic often follow one another
    private bool _lastVerdict;

    public bool Takes(ReadOnlySpan<byte> topic)
    {
        if (_last is not null && topic.SequenceEqual(_last.Utf8))
        {
            return _lastVerdict;
        }

        if (topics.Find(topic) is not { } entry)
        {
            return filter(Encoding.UTF8.GetString(topic)); // emptied while it is being read
        }

        if (!_verdicts.TryGetValue(entry, out bool verdict))
        {
            verdict = filter(entry.Name);
            _verdicts.Add(entry, verdict);
        }

        _last = entry;
        _lastVerdict = verdict;
        return verdict;
    }
}
