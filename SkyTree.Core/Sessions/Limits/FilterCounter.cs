using SkyTree.Core.Messages;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions.Limits;

/// <summary>
/// What has been appended for one topic filter since the process started, however many durable sessions subscribed to it;
/// and which of them are full, so that publishers are refused.
/// </summary>
internal sealed class FilterCounter(string filter)
{
    private readonly HashSet<Subscription> _full = []; // guarded by itself
    private long _messages; // written in the replicator's order
    private long _bytes; // the same
    private volatile bool _hasFull;

    public string Filter { get; } = filter;

    /// <summary>Subscriptions that have it. The replicator's order.</summary>
    public int Users { get; set; }

    /// <summary>What was appended. May be a message behind, never ahead.</summary>
    public QueueUsage Appended => new(Volatile.Read(ref _messages), Volatile.Read(ref _bytes));

    public void Add(StoredMessage message)
    {
        Volatile.Write(ref _messages, _messages + 1);
        Volatile.Write(ref _bytes, _bytes + QueueUsage.SizeOf(message));
    }

    /// <summary>A session is full.</summary>
    public void Block(Subscription subscription)
    {
        lock (_full)
        {
            _full.Add(subscription);
            _hasFull = true;
        }
    }

    /// <summary>It is not any more.</summary>
    public bool Unblock(Subscription subscription)
    {
        lock (_full)
        {
            bool blocked = _full.Remove(subscription);
            _hasFull = _full.Count > 0;
            return blocked;
        }
    }

    /// <summary>Whether a full session would get a client's message.</summary>
    /// <param name="publisherId">The publisher's client identifier.</param>
    public bool Blocks(string publisherId)
    {
        if (!_hasFull)
        {
            return false;
        }

        lock (_full)
        {
            foreach (Subscription subscription in _full)
            {
                if (subscription.For(publisherId) is not null)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Whether the client's own session is among the full ones that would get its message.</summary>
    /// <param name="publisherId">The publisher's client identifier.</param>
    public bool BlocksItself(string publisherId)
    {
        lock (_full)
        {
            return _full.Any(subscription => subscription.Session.ClientId == publisherId && subscription.For(publisherId) is not null);
        }
    }
}
