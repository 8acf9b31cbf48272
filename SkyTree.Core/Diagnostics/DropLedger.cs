namespace SkyTree.Core.Diagnostics;

/// <summary>Counts every message that a subscriber did not get, by reason. A session counts its own beside it.</summary>
internal sealed class DropLedger
{
    private readonly long[] _counts = new long[Enum.GetValues<DropReason>().Length]; // written by interlocked adds

    /// <summary>Creates one.</summary>
    /// <param name="time">The clock; null: the system's.</param>
    public DropLedger(TimeProvider? time = null)
    {
        Details = new DropDetails(time ?? TimeProvider.System);
    }

    /// <summary>Messages dropped for a reason since the start.</summary>
    /// <param name="reason">The reason.</param>
    public long this[DropReason reason] => Volatile.Read(ref _counts[(int)reason]);

    /// <summary>Messages dropped since the start.</summary>
    public long Total => _counts.Sum();

    /// <summary>Who did not get what, as far as it could be noted.</summary>
    internal DropDetails Details { get; }

    internal void Add(DropReason reason, long count = 1) => Interlocked.Add(ref _counts[(int)reason], count);

    /// <summary>Counts drops, and notes whose and of what topic they were.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="clientId">Who did not get it, or was refused; a shared group's filter.</param>
    /// <param name="topic">The topic; empty: several, or not known.</param>
    /// <param name="count">How many.</param>
    internal void Add(DropReason reason, string clientId, string topic, long count = 1)
    {
        Add(reason, count);
        if (Details.TryBegin(count))
        {
            Details.Note(reason, clientId, topic, count);
        }
    }
}
