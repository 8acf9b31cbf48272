using SkyTree.Core.Connections;
using SkyTree.Core.Messages;

namespace SkyTree.Core.Diagnostics;

/// <summary>
/// What happens on this node, for who watches. The latest events are kept, so that who was away for a moment misses nothing.
/// Nobody waits for who watches: who is slow loses events, and is told so.
/// </summary>
internal sealed class EventFeed(TimeProvider time)
{
    /// <summary>So many events are kept.</summary>
    public const int Kept = 8192;

    private readonly Lock _gate = new();
    private readonly FeedEvent?[] _ring = new FeedEvent?[Kept]; // guarded by _gate
    private long _count; // of what was put into the ring; guarded by _gate
    private long _lastId; // guarded by _gate; rises also from one process to the next
    private EventReader[] _readers = []; // swapped whole, under _gate
    private volatile EventReader[] _taps = []; // those of them that want messages

    /// <summary>Whether somebody watches messages.</summary>
    public bool HasTaps => _taps.Length > 0;

    /// <summary>The id of the latest event; 0: there was none.</summary>
    public long LastId
    {
        get
        {
            lock (_gate)
            {
                return _lastId;
            }
        }
    }

    /// <summary>Something happens.</summary>
    /// <param name="kind">What.</param>
    /// <param name="subject">To whom: a client identifier, a node.</param>
    /// <param name="text">The same for people.</param>
    /// <param name="drop">What was dropped, or null.</param>
    public void Add(EventKind kind, string subject, string text, DropKey? drop = null)
    {
        lock (_gate)
        {
            var added = new FeedEvent(NextId(), NowMs, kind, subject, text) { Drop = drop };
            _ring[_count++ % Kept] = added;
            foreach (EventReader reader in _readers)
            {
                reader.Offer(added);
            }
        }
    }

    /// <summary>A message is published. Called only if there are taps.</summary>
    public void Offer(in Fanout message)
    {
        string topic = message.TopicName;
        StoredMessage? kept = null;
        foreach (EventReader reader in _taps)
        {
            if (reader.WantsTopic(topic))
            {
                kept ??= message.Copy();
                lock (_gate)
                {
                    reader.Offer(new FeedEvent(NextId(), NowMs, EventKind.Message, kept.PublisherId, topic) { Message = kept });
                }
            }
        }
    }

    /// <summary>Begins to watch. Dispose the reader at the end.</summary>
    /// <param name="reader">Who watches.</param>
    /// <param name="after">First it gets what is kept of the events behind this id; null: nothing.</param>
    public void Attach(EventReader reader, long? after)
    {
        lock (_gate)
        {
            if (after is { } id)
            {
                long oldest = Math.Max(0, _count - Kept);
                if (_count > Kept && _ring[oldest % Kept]!.Id > id + 1)
                {
                    reader.Lose(); // some that were asked for may be gone
                }

                for (long i = oldest; i < _count; i++)
                {
                    if (_ring[i % Kept]!.Id > id)
                    {
                        reader.Offer(_ring[i % Kept]!);
                    }
                }
            }

            _readers = [.. _readers, reader];
            _taps = [.. _readers.Where(r => r.WantsMessages)];
        }

        reader.OnDispose = Detach;
    }

    /// <summary>What is kept about a client, the latest first.</summary>
    /// <param name="subject">Its identifier.</param>
    /// <param name="limit">At most so many.</param>
    public List<FeedEvent> Latest(string subject, int limit)
    {
        var found = new List<FeedEvent>();
        lock (_gate)
        {
            for (long i = _count - 1; i >= Math.Max(0, _count - Kept) && found.Count < limit; i--)
            {
                if (_ring[i % Kept]!.Subject == subject && _ring[i % Kept]!.Kind != EventKind.Node)
                {
                    found.Add(_ring[i % Kept]!);
                }
            }
        }

        return found;
    }

    private void Detach(EventReader reader)
    {
        lock (_gate)
        {
            _readers = [.. _readers.Where(r => !ReferenceEquals(r, reader))];
            _taps = [.. _readers.Where(r => r.WantsMessages)];
        }
    }

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    // From the clock, so that an id of a process before this one is below all of this one's.
    private long NextId() => _lastId = Math.Max(_lastId + 1, NowMs * 1000);
}

/// <summary>What happens.</summary>
public enum EventKind
{
    /// <summary>A client has connected.</summary>
    Connected,

    /// <summary>A client is gone; its session may stay.</summary>
    Disconnected,

    /// <summary>A session has ended since its time had come.</summary>
    SessionExpired,

    /// <summary>A message was dropped.</summary>
    Dropped,

    /// <summary>A node serves, or does not any more.</summary>
    Node,

    /// <summary>A message was published that somebody watches.</summary>
    Message,

    /// <summary>Events are missing here: the reader was too slow, or asked for older ones than are kept.</summary>
    Gap,
}

/// <summary>Something that has happened on this node.</summary>
/// <param name="Id">Rises.</param>
/// <param name="AtMs">When, in Unix milliseconds.</param>
/// <param name="Kind">What.</param>
/// <param name="Subject">To whom.</param>
/// <param name="Text">For people.</param>
internal sealed record FeedEvent(long Id, long AtMs, EventKind Kind, string Subject, string Text)
{
    /// <summary>What was dropped, or null.</summary>
    public DropKey? Drop { get; init; }

    /// <summary>The message, or null.</summary>
    public StoredMessage? Message { get; init; }
}
