using System.Data.Common;
using System.Globalization;
using SkyTree.Core.Messages;
using SkyTree.Store.EF.Data;
using SkyTree.Store.EF.Databases;

namespace SkyTree.Store.EF;

public sealed partial class EfMessageStore
{
    // A deletion of millions goes in pieces, so that appends come in between.
    private const int DeleteRows = 2000;
    private const int TopicsPerStatement = 200;

    // No message is left up to here. Says where to begin, past rows that are deleted and that the server has yet to purge.
    private long _deletedUpTo; // under _writing

    /// <inheritdoc/>
    public override async ValueTask AppendAsync(IReadOnlyList<StoredMessage> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await using StoreTransaction transaction = await BeginAsync(cancellationToken).ConfigureAwait(false);
            (long lastOffset, long clockMs) = await HoldLogAsync(transaction, cancellationToken).ConfigureAwait(false);
            LogAppend append = new(messages, lastOffset, clockMs);
            if (append.Messages.Count == 0)
            {
                return;
            }

            await _database.WriteTopicsAsync(append.Topics, transaction, cancellationToken).ConfigureAwait(false);
            await _database.InsertMessagesAsync(append.Messages, transaction, cancellationToken).ConfigureAwait(false);
            await transaction.ExecuteAsync(
                "UPDATE skytree_log SET last_offset = @p0, clock_ms = @p1 WHERE id = 1",
                [append.LastOffset, append.ClockMs],
                cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DeleteLogAsync(long offset, CancellationToken cancellationToken = default)
    {
        bool more = true;
        while (more)
        {
            await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await using StoreTransaction transaction = await BeginAsync(cancellationToken).ConfigureAwait(false);
                (long lastOffset, _) = await HoldLogAsync(transaction, cancellationToken).ConfigureAwait(false);
                offset = Math.Min(offset, lastOffset); // What is appended from now on stays.
                long? end = await DeleteBeginningAsync(offset, transaction, cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
                _deletedUpTo = Math.Max(_deletedUpTo, end ?? offset);
                more = end is not null;
            }
            finally
            {
                _writing.Release();
            }
        }
    }

    internal async ValueTask DeleteByOffsetAsync(string topic, long offset, CancellationToken cancellationToken)
    {
        byte[] hash = TopicKey.Hash(topic);
        bool more = true;
        while (more)
        {
            await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await using StoreTransaction transaction = await BeginAsync(cancellationToken).ConfigureAwait(false);
                (long lastOffset, _) = await HoldLogAsync(transaction, cancellationToken).ConfigureAwait(false);
                offset = Math.Min(offset, lastOffset); // What is appended from now on stays.
                more = await DeleteSomeAsync(hash, offset, transaction, cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _writing.Release();
            }
        }
    }

    private async Task<StoreTransaction> BeginAsync(CancellationToken cancellationToken)
    {
        MessagesContext context = await CreateContextAsync(cancellationToken).ConfigureAwait(false);
        return await StoreTransaction.BeginAsync(context, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(long LastOffset, long ClockMs)> HoldLogAsync(StoreTransaction transaction, CancellationToken cancellationToken)
    {
        await using DbCommand command = transaction.CreateCommand(_database.HoldLogSql);
        await using DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        if (!await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            throw new InvalidOperationException("The table skytree_log has lost its row.");
        }

        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>Deletes the log's first messages up to an offset, of whatever topics. Null: all of them; else up to where.</summary>
    private async Task<long?> DeleteBeginningAsync(long offset, StoreTransaction transaction, CancellationToken cancellationToken)
    {
        // The row behind a full piece tells where that ends; without one, the piece goes up to the offset.
        const string sql =
            "SELECT log_offset FROM skytree_messages WHERE log_offset > @p0 AND log_offset <= @p1 ORDER BY log_offset LIMIT 1 OFFSET @p2";
        object? next;
        await using (DbCommand command = transaction.CreateCommand(sql, _deletedUpTo, offset, DeleteRows))
        {
            next = await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }

        object[] range = [_deletedUpTo, next is long first ? first - 1 : offset];
        List<TopicPart> parts = await CountRangeAsync(range, transaction, cancellationToken).ConfigureAwait(false);
        foreach (TopicPart[] some in parts.Chunk(TopicsPerStatement))
        {
            await SubtractAsync(some, transaction, cancellationToken).ConfigureAwait(false);
        }

        await transaction.ExecuteAsync(
            "DELETE FROM skytree_messages WHERE log_offset > @p0 AND log_offset <= @p1", range, cancellationToken).ConfigureAwait(false);
        return next is null ? null : (long)range[1];
    }

    private async Task<List<TopicPart>> CountRangeAsync(object[] range, StoreTransaction transaction, CancellationToken cancellationToken)
    {
        List<TopicPart> parts = [];
        await using DbCommand command = transaction.CreateCommand(_database.CountRangeSql, range);
        await using DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            parts.Add(new TopicPart(reader.GetInt64(0), reader.GetInt64(1), Convert.ToInt64(reader.GetValue(2), CultureInfo.InvariantCulture)));
        }

        return parts;
    }

    /// <summary>Takes what is deleted off the topics' counters, and away the topics that are left with none.</summary>
    private static async Task SubtractAsync(TopicPart[] parts, StoreTransaction transaction, CancellationToken cancellationToken)
    {
        string ids = string.Join(',', parts.Select(p => p.Id));
        await transaction.ExecuteAsync(
            $"UPDATE skytree_topics SET message_count = message_count - CASE id {Cases(parts, p => p.Count)} END, "
            + $"byte_count = byte_count - CASE id {Cases(parts, p => p.Bytes)} END WHERE id IN ({ids})",
            [],
            cancellationToken).ConfigureAwait(false);
        await transaction.ExecuteAsync(
            $"DELETE FROM skytree_topics WHERE id IN ({ids}) AND message_count = 0", [], cancellationToken).ConfigureAwait(false);
    }

    private static string Cases(TopicPart[] parts, Func<TopicPart, long> valueOf) =>
        string.Join(' ', parts.Select(p => $"WHEN {p.Id} THEN {valueOf(p)}"));

    /// <summary>Deletes the topic's first messages up to an offset. True: there may be more.</summary>
    private async Task<bool> DeleteSomeAsync(byte[] hash, long offset, StoreTransaction transaction, CancellationToken cancellationToken)
    {
        object? topicId;
        await using (DbCommand command = transaction.CreateCommand("SELECT id FROM skytree_topics WHERE topic_hash = @p0", hash))
        {
            topicId = await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }

        if (topicId is null)
        {
            return false;
        }

        List<long> offsets = [];
        long bytes = 0;
        await using (DbCommand command = transaction.CreateCommand(_database.ReadTopicBeginningSql, topicId, offset, DeleteRows))
        await using (DbDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                offsets.Add(reader.GetInt64(0));
                bytes += reader.GetInt64(1);
            }
        }

        if (offsets.Count == 0)
        {
            return false;
        }

        // By primary key: what else the planner might walk through is then the same for every database.
        await transaction.ExecuteAsync(
            $"DELETE FROM skytree_messages WHERE log_offset IN ({string.Join(',', offsets)})", [], cancellationToken).ConfigureAwait(false);
        await transaction.ExecuteAsync(
            "UPDATE skytree_topics SET message_count = message_count - @p0, byte_count = byte_count - @p1 WHERE id = @p2",
            [(long)offsets.Count, bytes, topicId],
            cancellationToken).ConfigureAwait(false);
        await transaction.ExecuteAsync(
            "DELETE FROM skytree_topics WHERE id = @p0 AND message_count = 0", [topicId], cancellationToken).ConfigureAwait(false);
        return offsets.Count == DeleteRows;
    }

    /// <summary>What a piece of the log has of one topic.</summary>
    private readonly record struct TopicPart(long Id, long Count, long Bytes);
}
