namespace SkyTree.Store.Redis;

/// <summary>
/// Ids of topics that were appended to lately, so that the server need not look for them. It checks what it is given: a topic
/// that was emptied comes back with another id. Used by the one append at a time.
/// </summary>
internal sealed class TopicIds
{
    // With ordinary names some 10 MB.
    private const int Capacity = 65_536;

    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);

    /// <summary>The id, or one that no topic has.</summary>
    public string this[string topic] => _ids.GetValueOrDefault(topic, "0");

    public void Add(string topic, string id)
    {
        if (_ids.Count >= Capacity)
        {
            _ids.Clear();
        }

        _ids[topic] = id;
    }
}
