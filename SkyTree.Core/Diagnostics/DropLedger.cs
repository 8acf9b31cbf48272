namespace SkyTree.Core.Diagnostics;

/// <summary>Counts every message that a subscriber did not get, by reason. A session counts its own beside it.</summary>
public sealed class DropLedger
{
    private readonly long[] _counts = new long[Enum.GetValues<DropReason>().Length]; // written by interlocked adds

    /// <summary>Messages dropped for a reason since the start.</summary>
    /// <param name="reason">The reason.</param>
    public long this[DropReason reason] => Volatile.Read(ref _counts[(int)reason]);

    /// <summary>Messages dropped since the start.</summary>
    public long Total => _counts.Sum();

    internal void Add(DropReason reason, long count = 1) => Interlocked.Add(ref _counts[(int)reason], count);
}
