using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions;

/// <content>Replays that have not all been acknowledged.</content>
internal sealed partial class Session
{
    // Guarded by _gate; written when a command is applied.
    private Dictionary<long, Replay>? _replays;
    private Dictionary<string, Replay>? _replaysByFilter; // the same

    /// <summary>Replays under way.</summary>
    public int ReplayCount
    {
        get
        {
            lock (_gate)
            {
                return _replays?.Count ?? 0;
            }
        }
    }

    /// <summary>Those under way, in the order in which they are sent.</summary>
    public Replay[] Replays
    {
        get
        {
            lock (_gate)
            {
                return _replays is null ? [] : [.. _replays.Values.OrderBy(replay => replay.Id)];
            }
        }
    }

    public void AddReplay(Replay replay)
    {
        lock (_gate)
        {
            (_replays ??= []).Add(replay.Id, replay);
            (_replaysByFilter ??= new Dictionary<string, Replay>(StringComparer.Ordinal)).Add(replay.Subscription.Filter.Text, replay);
        }
    }

    public Replay? FindReplay(long id)
    {
        lock (_gate)
        {
            return _replays?.GetValueOrDefault(id);
        }
    }

    public Replay? FindReplay(string filter)
    {
        lock (_gate)
        {
            return _replaysByFilter?.GetValueOrDefault(filter);
        }
    }

    public void RemoveReplay(Replay replay)
    {
        lock (_gate)
        {
            _replays!.Remove(replay.Id);
            _replaysByFilter!.Remove(replay.Subscription.Filter.Text);
            if (_replays.Count == 0)
            {
                _replays = null;
                _replaysByFilter = null;
            }
        }
    }

    /// <summary>Whether a replay's message at an offset was sent at QoS 2 already.</summary>
    public bool HasHandled(Replay replay, long offset)
    {
        lock (_gate)
        {
            return replay.Handled?.Contains(offset) ?? false;
        }
    }

    public void AddHandled(Replay replay, long offset)
    {
        lock (_gate)
        {
            (replay.Handled ??= []).Add(offset);
        }
    }

    /// <summary>Forgets a replay's handled offsets that its cursor is past.</summary>
    /// <returns>Those that it forgot.</returns>
    public List<long> ForgetHandled(Replay replay)
    {
        lock (_gate)
        {
            List<long> past = replay.Handled is null ? [] : [.. replay.Handled.Where(offset => offset <= replay.Cursor)];
            replay.Handled?.ExceptWith(past);
            return past;
        }
    }

    /// <summary>The ended versions of a filter's subscription that may still have messages to be read.</summary>
    public List<Subscription> FindEnded(string filter)
    {
        lock (_gate)
        {
            return _subscriptions.FindEnded(filter);
        }
    }
}
