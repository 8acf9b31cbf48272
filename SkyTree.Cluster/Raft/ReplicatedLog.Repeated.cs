using DotNext.IO.Log;
using DotNext.Net.Cluster.Consensus.Raft;

namespace SkyTree.Cluster.Raft;

internal sealed partial class ReplicatedLog
{
    /// <summary>Appends entries of which this log may have some already.</summary>
    /// <remarks>
    /// The library writes all of them again and ends the log behind them. Then a request that is repeated costs its bytes each
    /// time; and one that was delayed until a later one had been answered would cut off entries that the leader counts as
    /// stored here. An entry with the same index and term is the same, so those are passed over.
    /// </remarks>
    private async ValueTask AppendNewAsync<TEntry>(ILogEntryProducer<TEntry> entries, long startIndex, CancellationToken token)
        where TEntry : IRaftLogEntry
    {
        // What is committed is the same on all nodes.
        long firstUncertain = Math.Max(startIndex, LastCommittedEntryIndex + 1);
        long[] terms = await ReadTermsAsync(firstUncertain, LastEntryIndex, token).ConfigureAwait(false);
        long index = startIndex;
        List<BufferedEntry> fresh = [];
        while (await entries.MoveNextAsync().ConfigureAwait(false))
        {
            // The library looks at the term of each that it is asked for, so each must be asked for.
            TEntry entry = entries.Current;
            if (fresh.Count > 0 || !IsKnown(index, entry.Term))
            {
                fresh.Add(await BufferedEntry.ReadAsync(entry, token).ConfigureAwait(false));
            }
            else
            {
                index++;
            }
        }

        if (fresh.Count > 0)
        {
            await ReplaceAsync(fresh, index).ConfigureAwait(false);
        }

        bool IsKnown(long at, long term) =>
            at < firstUncertain || (at - firstUncertain < terms.Length && terms[at - firstUncertain] == term);
    }

    /// <summary>Appends entries in place of those from an index on, if there are any.</summary>
    /// <remarks>
    /// They are here whole and it cannot be cancelled: when it is interrupted, the library loses track of what the disk has
    /// not got, and would answer without it.
    /// </remarks>
    private async ValueTask ReplaceAsync(List<BufferedEntry> entries, long startIndex)
    {
        if (startIndex <= LastEntryIndex)
        {
            _mark.Set(startIndex - 1);
        }

        await base.AppendAsync(new LogEntryProducer<BufferedEntry>(entries), startIndex, skipCommitted: false, CancellationToken.None).ConfigureAwait(false);
    }

    private async ValueTask<long[]> ReadTermsAsync(long from, long to, CancellationToken token)
    {
        if (from > to)
        {
            return [];
        }

        using LogEntryReader entries = await ReadAsync(from, to, token).ConfigureAwait(false);
        long[] terms = new long[entries.Count];
        for (int i = 0; i < terms.Length; i++)
        {
            terms[i] = entries[i].Term;
        }

        return terms;
    }
}
