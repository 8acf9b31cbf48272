using SkyTree.Core.Diagnostics;

namespace SkyTree.Core.Messages;

/// <summary>Measures how long reading the log of a store takes; passes everything on.</summary>
/// <param name="inner">The store.</param>
/// <param name="metrics">Is told.</param>
internal sealed class MeteredMessageStore(MessageStore inner, BrokerMetrics metrics) : MessageStore
{
    public override ValueTask<LogPage> ReadLogAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken = default)
    {
        long started = metrics.Start();
        ValueTask<LogPage> read = inner.ReadLogAsync(after, filter, limit, cancellationToken);
        if (started == 0)
        {
            return read;
        }

        if (!read.IsCompletedSuccessfully)
        {
            return FinishAsync(read, started);
        }

        metrics.Read(started);
        return read;
    }

    public override ValueTask OpenAsync(CancellationToken cancellationToken = default) => inner.OpenAsync(cancellationToken);

    public override ValueTask AppendAsync(IReadOnlyList<StoredMessage> messages, CancellationToken cancellationToken = default) =>
        inner.AppendAsync(messages, cancellationToken);

    public override ValueTask<long> GetLastOffsetAsync(CancellationToken cancellationToken = default) => inner.GetLastOffsetAsync(cancellationToken);

    public override MessageQueue GetQueue(string topic) => inner.GetQueue(topic);

    public override ValueTask<long?> FindOffsetAsync(long timestampMs, CancellationToken cancellationToken = default) =>
        inner.FindOffsetAsync(timestampMs, cancellationToken);

    public override ValueTask<IReadOnlyList<TopicSummary>> ListTopicsAsync(Func<string, bool>? filter, string? after, int limit, CancellationToken cancellationToken = default) =>
        inner.ListTopicsAsync(filter, after, limit, cancellationToken);

    public override ValueTask DeleteLogAsync(long offset, CancellationToken cancellationToken = default) => inner.DeleteLogAsync(offset, cancellationToken);

    private async ValueTask<LogPage> FinishAsync(ValueTask<LogPage> read, long started)
    {
        LogPage page = await read.ConfigureAwait(false);
        metrics.Read(started);
        return page;
    }
}
