using SkyTree.Core.Admin.Events;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Diagnostics;

namespace SkyTree.AspNetCore.Portal.Traffic.Messages;

/// <summary>The latest of the messages that come. Filled by one thread, shown by another.</summary>
internal sealed class MessageTail
{
    /// <summary>So many are kept.</summary>
    public const int Kept = 300;

    private readonly Lock _gate = new();
    private readonly Queue<TailedMessage> _messages = new(); // guarded by _gate
    private bool _isChanged; // guarded by _gate
    private long _seen; // guarded by _gate
    private long _gaps; // guarded by _gate

    /// <summary>Takes what has happened.</summary>
    public void Add(BrokerEvent happened)
    {
        lock (_gate)
        {
            if (happened.Kind == EventKind.Gap)
            {
                _gaps++;
                _isChanged = true;
            }
            else if (happened.Message is { } message)
            {
                _messages.Enqueue(new TailedMessage(++_seen, message));
                _isChanged = true;
                if (_messages.Count > Kept)
                {
                    _messages.Dequeue();
                }
            }
        }
    }

    /// <summary>What is there, newest first, if something has changed since the last time.</summary>
    public bool TryTake(out IReadOnlyList<TailedMessage> messages, out long seen, out long gaps)
    {
        lock (_gate)
        {
            (messages, seen, gaps) = (_isChanged ? [.. _messages.Reverse()] : [], _seen, _gaps);
            bool isChanged = _isChanged;
            _isChanged = false;
            return isChanged;
        }
    }

    /// <summary>Forgets them.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _messages.Clear();
            _isChanged = true;
        }
    }
}

/// <summary>A message of the tail.</summary>
/// <param name="Number">The how manieth it is.</param>
/// <param name="Message">The message, with the beginning of its payload.</param>
internal sealed record TailedMessage(long Number, MessageItem Message);
