using Microsoft.EntityFrameworkCore;

namespace SkyTree.Store.EF.Data;

/// <summary>Reads topics in ordinal order, some at a time, by an index that knows only how they begin.</summary>
internal sealed class TopicScan(MessagesContext context, string? after)
{
    private const int RowsPerRead = 1024;

    private byte[] _from = after is null ? [] : TopicKey.SortKey(after);
    private bool _begun;
    private bool _ended;

    /// <summary>The next topics, possibly none; null at the end.</summary>
    public async Task<IReadOnlyList<TopicRow>?> ReadAsync(CancellationToken cancellationToken)
    {
        if (_ended)
        {
            return null;
        }

        // The topic to go on after may share its key with topics that sort after it.
        IQueryable<TopicRow> query = _begun
            ? context.Topics.FromSql($"SELECT * FROM skytree_topics WHERE sort_key > {_from} ORDER BY sort_key LIMIT {RowsPerRead}")
            : context.Topics.FromSql($"SELECT * FROM skytree_topics WHERE sort_key >= {_from} ORDER BY sort_key LIMIT {RowsPerRead}");
        List<TopicRow> rows = await query.AsNoTracking().ToListAsync(cancellationToken).ConfigureAwait(false);
        _begun = true;
        _ended = rows.Count < RowsPerRead;
        if (!_ended)
        {
            _from = rows[^1].SortKey;
            if (_from.Length == TopicKey.SortKeyLength)
            {
                await CompleteLastKeyAsync(rows, cancellationToken).ConfigureAwait(false);
            }
        }

        if (after is not null)
        {
            rows.RemoveAll(r => string.CompareOrdinal(r.Topic, after) <= 0);
        }

        rows.Sort(static (x, y) => string.CompareOrdinal(x.Topic, y.Topic));
        return rows;
    }

    /// <summary>The read may have ended among topics of one key, in any order; takes all of them.</summary>
    private async Task CompleteLastKeyAsync(List<TopicRow> rows, CancellationToken cancellationToken)
    {
        byte[] last = _from;
        rows.RemoveAll(r => r.SortKey.AsSpan().SequenceEqual(last));
        rows.AddRange(await context.Topics.AsNoTracking().Where(t => t.SortKey == last).ToListAsync(cancellationToken).ConfigureAwait(false));
    }
}
