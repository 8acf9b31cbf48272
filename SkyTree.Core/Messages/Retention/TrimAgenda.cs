namespace SkyTree.Core.Messages.Retention;

/// <summary>
/// Which topics the trimmer looks at: those of the messages that readers or ages have passed, found in the log where that
/// is a short way, and else all in turn. Where nothing has moved, none. The trimmer's.
/// </summary>
internal sealed class TrimAgenda(MessageStore store, TimeProvider time)
{
    /// <summary>Offsets that are read through to find the topics; beyond, it is cheaper to list topics.</summary>
    internal const int LargestSearch = 4096;

    private const int LogPageSize = 256;
    private const int ListPageSize = 10_000;
    private const int MaximumTopics = 65_536; // waiting to be looked at

    private readonly Queue<string> _topics = new();
    private readonly HashSet<string> _waiting = new(StringComparer.Ordinal); // the same
    private readonly Queue<TopicSummary> _listed = new(); // by the round under way
    private string? _after; // the last topic that was listed
    private bool _isListing; // there may be more topics to list
    private long _roundStarted;
    private TimeSpan? _pause = TimeSpan.Zero; // a round is due so long after the last one began; null: none is

    /// <summary>Whether there is nothing to look at now.</summary>
    public bool IsEmpty => _topics.Count == 0 && _listed.Count == 0 && !_isListing;

    /// <summary>Asks for a round over all topics.</summary>
    /// <param name="pause">How long after the last one began.</param>
    public void WantRound(TimeSpan pause) => _pause = _pause < pause ? _pause : pause;

    /// <summary>Begins a round if one is due and none is under way.</summary>
    public void BeginRound()
    {
        if (_pause is { } pause && !_isListing && _listed.Count == 0 && (pause == TimeSpan.Zero || time.GetElapsedTime(_roundStarted) >= pause))
        {
            _pause = null;
            _roundStarted = time.GetTimestamp();
            _isListing = true;
            _after = null;
        }
    }

    /// <summary>Finds the topics of what has come to be deletable, or asks for a round if that is a long way.</summary>
    /// <param name="windows">Where in the log.</param>
    /// <param name="above">Everything up to this offset is deleted.</param>
    public async ValueTask FindAsync(OffsetWindows windows, long above)
    {
        if (windows.Merge(above, LargestSearch) is not { } merged || _topics.Count > MaximumTopics)
        {
            WantRound(TimeSpan.Zero); // which finds what waits here, too
            _topics.Clear();
            _waiting.Clear();
            return;
        }

        foreach ((long after, long to) in merged)
        {
            await FindAsync(after, to).ConfigureAwait(false);
        }
    }

    /// <summary>Adds a topic, after those that wait already.</summary>
    public void Add(string topic)
    {
        if (_waiting.Add(topic))
        {
            _topics.Enqueue(topic);
        }
    }

    /// <summary>The next of the topics that were found; null: there is none.</summary>
    public string? TakeFound()
    {
        if (!_topics.TryDequeue(out string? topic))
        {
            return null;
        }

        _waiting.Remove(topic);
        return topic;
    }

    /// <summary>The next topic of the round under way; null: there is none.</summary>
    public async ValueTask<TopicSummary?> TakeListedAsync()
    {
        if (_listed.Count == 0 && _isListing)
        {
            IReadOnlyList<TopicSummary> page = await store.ListTopicsAsync(null, _after, ListPageSize).ConfigureAwait(false);
            _isListing = page.Count == ListPageSize;
            foreach (TopicSummary summary in page)
            {
                _listed.Enqueue(summary);
                _after = summary.Topic;
            }
        }

        return _listed.TryDequeue(out TopicSummary next) ? next : null;
    }

    private async ValueTask FindAsync(long after, long to)
    {
        while (after < to)
        {
            LogPage page = await store.ReadLogAsync(after, null, (int)Math.Min(LogPageSize, to - after)).ConfigureAwait(false);
            foreach (StoredMessage message in page.Messages)
            {
                if (message.Offset <= to)
                {
                    Add(message.Topic);
                }
            }

            if (page.Next == after)
            {
                return;
            }

            after = page.Next;
        }
    }
}
