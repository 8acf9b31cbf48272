using System.Collections.Concurrent;

namespace SkyTree.Store.Redis;

/// <summary>Topics by id, as far as they were read lately. An id never comes to mean another topic.</summary>
internal sealed class TopicNames
{
    // With ordinary names some 10 MB; a page has at most some thousand.
    private const int Capacity = 65_536;

    private readonly ConcurrentDictionary<string, string> _topics = new(StringComparer.Ordinal);

    public bool TryGet(string id, out string? topic) => _topics.TryGetValue(id, out topic);

    public void Add(string id, string topic)
    {
        if (_topics.Count >= Capacity)
        {
            _topics.Clear();
        }

        _topics[id] = topic;
    }
}
