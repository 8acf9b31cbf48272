namespace SkyTree.Core.Sessions;

/// <content>Replays that have not all been acknowledged.</content>
internal sealed partial class Session
{
    private SortedDictionary<long, Replay>? _replays; // guarded by _gate; written when a command is applied

    /// <summary>Those under way, in the order in which they are sent.</summary>
    public Replay[] Replays
    {
        get
        {
            lock (_gate)
            {
                return _replays is null ? [] : [.. _replays.Values];
            }
        }
    }

    public void AddReplay(Replay replay)
    {
        lock (_gate)
        {
            (_replays ??= [])[replay.Id] = replay;
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
            return _replays?.Values.FirstOrDefault(replay => replay.Subscription.Filter.Text == filter);
        }
    }

    public void RemoveReplay(Replay replay)
    {
        lock (_gate)
        {
            if (_replays?.Remove(replay.Id) == true && _replays.Count == 0)
            {
                _replays = null;
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
}
