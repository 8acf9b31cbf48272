using SkyTree.Core.Messages;

namespace SkyTree.Core.Tests.Messages.Retention;

/// <summary>A store that counts what it is asked, answers later if told to, and fails when told to.</summary>
internal sealed class CountingStore(MessageStore store) : MessageStore
{
    /// <summary>Whether every answer comes on another thread, as a database's does.</summary>
    public bool IsAsynchronous { get; init; }

    /// <summary>So many calls from now on, one fails; 0: none.</summary>
    public int FailsIn { get; set; }

    /// <summary>What happens, on another connection, while an offset is looked up.</summary>
    public Action? WhileFinding { get; set; }

    public int Lists { get; private set; }

    public int LogReads { get; private set; }

    public int Finds { get; private set; }

    public int Reads { get; private set; }

    public long MessagesRead { get; private set; }

    public int Summaries { get; private set; }

    public int Deletes { get; private set; }

    public List<long> Slices { get; } = [];

    public int Calls => Lists + LogReads + Finds + Reads + Summaries + Deletes + Slices.Count;

    public override ValueTask OpenAsync(CancellationToken cancellationToken = default) => store.OpenAsync(cancellationToken);

    public override ValueTask AppendAsync(IReadOnlyList<StoredMessage> messages, CancellationToken cancellationToken = default) =>
        store.AppendAsync(messages, cancellationToken);

    public override ValueTask<long> GetLastOffsetAsync(CancellationToken cancellationToken = default) => store.GetLastOffsetAsync(cancellationToken);

    public override MessageQueue GetQueue(string topic) => new CountingQueue(this, store.GetQueue(topic));

    public override async ValueTask<LogPage> ReadLogAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken = default)
    {
        LogReads++;
        await AnswerAsync();
        LogPage page = await store.ReadLogAsync(after, filter, limit, cancellationToken);
        MessagesRead += page.Messages.Count;
        return page;
    }

    public override async ValueTask<long?> FindOffsetAsync(long timestampMs, CancellationToken cancellationToken = default)
    {
        Finds++;
        WhileFinding?.Invoke();
        await AnswerAsync();
        return await store.FindOffsetAsync(timestampMs, cancellationToken);
    }

    public override async ValueTask<IReadOnlyList<TopicSummary>> ListTopicsAsync(Func<string, bool>? filter, string? after, int limit, CancellationToken cancellationToken = default)
    {
        Lists++;
        await AnswerAsync();
        return await store.ListTopicsAsync(filter, after, limit, cancellationToken);
    }

    public override async ValueTask DeleteLogAsync(long offset, CancellationToken cancellationToken = default)
    {
        Slices.Add(offset);
        await AnswerAsync();
        await store.DeleteLogAsync(offset, cancellationToken);
    }

    private async ValueTask AnswerAsync()
    {
        if (FailsIn > 0 && --FailsIn == 0)
        {
            throw new IOException("the database is gone");
        }

        if (IsAsynchronous)
        {
            await Task.Yield();
        }
    }

    private sealed class CountingQueue(CountingStore owner, MessageQueue queue) : MessageQueue
    {
        public override string Topic => queue.Topic;

        public override async ValueTask<IReadOnlyList<StoredMessage>> ReadByOffsetAsync(long offset, int limit, CancellationToken cancellationToken = default)
        {
            owner.Reads++;
            await owner.AnswerAsync();
            IReadOnlyList<StoredMessage> page = await queue.ReadByOffsetAsync(offset, limit, cancellationToken);
            owner.MessagesRead += page.Count;
            return page;
        }

        public override async ValueTask DeleteByOffsetAsync(long offset, CancellationToken cancellationToken = default)
        {
            owner.Deletes++;
            await owner.AnswerAsync();
            await queue.DeleteByOffsetAsync(offset, cancellationToken);
        }

        public override async ValueTask<TopicSummary> GetSummaryAsync(CancellationToken cancellationToken = default)
        {
            owner.Summaries++;
            await owner.AnswerAsync();
            return await queue.GetSummaryAsync(cancellationToken);
        }
    }
}
