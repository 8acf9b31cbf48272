using SkyTree.Core.Messages;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions;

/// <summary>
/// Reads the log for a session or a shared group: "after my last message; if there is nothing, wait; read again". While
/// the reader keeps up, what is appended is handed to it and the store is not asked; a hint that does not fit only
/// means that the store is read again. Guarded by its owner's gate.
/// </summary>
internal sealed class LogReader(long position)
{
    private const int MaximumHints = 1024;

    private readonly Queue<LogItem> _page = new();
    private readonly Queue<LogItem> _hints = new();
    private long _pageEnd = position;
    private bool _behind = true;
    private bool _reading;

    /// <summary>The offset of the last message that was taken: read on after it.</summary>
    public long Position { get; private set; } = position;

    /// <summary>True when the store has to be read before there is a next message.</summary>
    public bool NeedsRead => _page.Count == 0 && _hints.Count == 0 && _behind && !_reading;

    public bool IsEmpty => _page.Count == 0 && _hints.Count == 0;

    /// <summary>A message was appended that the reader will want.</summary>
    /// <param name="message">The message; its offset is above all before it.</param>
    /// <param name="subscription">What it matched, or null for a group.</param>
    public void OnAppended(StoredMessage message, Subscription? subscription)
    {
        // The store was read after the message was there and before this call came: it is on a page, or has been taken.
        if (_behind || message.Offset <= Math.Max(Position, _pageEnd))
        {
            return;
        }

        if (_hints.Count == MaximumHints)
        {
            _behind = true;
            return;
        }

        _hints.Enqueue(new LogItem(message, subscription));
    }

    /// <summary>Nothing up to an offset is still to be announced: a reader that has kept up is past it, though none was for it.</summary>
    public void Pass(long announced)
    {
        if (!_behind && !_reading && IsEmpty)
        {
            Position = Math.Max(Position, announced);
        }
    }

    /// <summary>Forgets the hints: the client is away. The store has them all.</summary>
    public void Suspend()
    {
        _page.Clear();
        _hints.Clear();
        _pageEnd = Position;
        _behind = true;
    }

    /// <summary>What lies between its position and an offset is not for it any more.</summary>
    /// <param name="offset">The offset of the last of it.</param>
    public void Skip(long offset)
    {
        if (offset <= Position)
        {
            return;
        }

        if (_reading)
        {
            // What comes was read from the old position and is thrown away; then it reads again.
            Position = offset;
            Suspend();
            return;
        }

        Drop(_page, offset);
        Drop(_hints, offset);
        Position = _page.Count == 0 ? Math.Max(_pageEnd, offset) : offset;
    }

    private static void Drop(Queue<LogItem> items, long offset)
    {
        while (items.TryPeek(out LogItem item) && item.Message.Offset <= offset)
        {
            items.Dequeue();
        }
    }

    public bool TryPeek(out LogItem item) => _page.TryPeek(out item) || (!_reading && _hints.TryPeek(out item));

    public void Take()
    {
        if (_page.TryDequeue(out LogItem item))
        {
            Position = _page.Count == 0 ? Math.Max(_pageEnd, item.Message.Offset) : item.Message.Offset;
        }
        else
        {
            Position = _hints.Dequeue().Message.Offset;
        }
    }

    /// <summary>Arms the hints, then lets the caller read the store. Armed first: nothing can fall between the two.</summary>
    /// <returns>The offset to read after.</returns>
    public long BeginRead()
    {
        _reading = true;
        _behind = false;
        Position = Math.Max(Position, _pageEnd);
        return Position;
    }

    /// <summary>Takes over what was read.</summary>
    /// <param name="items">The messages that the reader wants.</param>
    /// <param name="after">What <see cref="BeginRead"/> returned.</param>
    /// <param name="next">Where the page ended; equal to <paramref name="after"/> at the end of the log.</param>
    public void EndRead(List<LogItem> items, long after, long next)
    {
        _reading = false;
        if (Position != after)
        {
            return; // suspended and resumed meanwhile; a new read follows
        }

        foreach (LogItem item in items)
        {
            _page.Enqueue(item);
        }

        if (next != after)
        {
            // There may be more. What was hinted meanwhile is read again in its turn.
            _behind = true;
            _hints.Clear();
            _pageEnd = next;
            if (items.Count == 0)
            {
                Position = next;
            }
        }
    }

    /// <summary>The read failed; it is tried again when the reader is next asked.</summary>
    public void AbandonRead()
    {
        _reading = false;
        _behind = true;
        _hints.Clear();
    }
}

/// <summary>A message of the log and what it is sent for.</summary>
internal readonly record struct LogItem(StoredMessage Message, Subscription? Subscription);
