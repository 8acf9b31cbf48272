using SkyTree.Core.Messages;

namespace SkyTree.Core.Sessions;

/// <summary>The reading end of a replay: a page of it at a time. Guarded by its session queue's gate.</summary>
internal sealed class ReplayReader(Replay replay)
{
    private readonly Queue<StoredMessage> _page = new();
    private long _pageEnd = replay.Cursor;
    private bool _reading;
    private int _reads; // tells a read that was given up from the one after it

    public Replay Replay => replay;

    /// <summary>The offset that has been read up to, and sent or passed over.</summary>
    public long Position { get; private set; } = replay.Cursor;

    /// <summary>Whether the store has everything up to the replay's end.</summary>
    public bool IsReady { get; set; }

    /// <summary>Whether all of it has been sent.</summary>
    public bool IsSent { get; set; }

    /// <summary>Messages of it in flight.</summary>
    public int Unacknowledged { get; set; }

    /// <summary>Messages done since its cursor was noted last.</summary>
    public int Progress { get; set; }

    public bool IsAtEnd => _page.Count == 0 && _pageEnd >= replay.End;

    public bool NeedsRead => IsReady && !_reading && _page.Count == 0 && !IsAtEnd;

    public bool TryPeek([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out StoredMessage? message) => _page.TryPeek(out message);

    public void Take()
    {
        long offset = _page.Dequeue().Offset;
        Position = _page.Count == 0 ? _pageEnd : offset;
    }

    /// <summary>Lets the caller read the store after <see cref="Position"/>.</summary>
    /// <returns>The read's number.</returns>
    public int BeginRead()
    {
        _reading = true;
        return ++_reads;
    }

    /// <summary>Takes over what was read.</summary>
    /// <param name="read">The read's number.</param>
    /// <param name="messages">The messages of the page that are to be sent.</param>
    /// <param name="next">Where the page ended.</param>
    public void EndRead(int read, List<StoredMessage> messages, long next)
    {
        if (read != _reads)
        {
            return; // suspended meanwhile
        }

        _reading = false;
        foreach (StoredMessage message in messages)
        {
            _page.Enqueue(message);
        }

        _pageEnd = next == Position ? replay.End : Math.Min(next, replay.End);
        if (_page.Count == 0)
        {
            Position = _pageEnd;
        }
    }

    /// <summary>The read failed; another may follow.</summary>
    public void AbandonRead(int read)
    {
        if (read == _reads)
        {
            _reading = false;
        }
    }

    /// <summary>The client is away: what was read and not sent is read again.</summary>
    public void Suspend()
    {
        _reads++;
        _reading = false;
        _page.Clear();
        _pageEnd = Position;
    }
}
