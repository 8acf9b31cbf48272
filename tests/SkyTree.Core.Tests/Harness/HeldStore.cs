using SkyTree.Core.Messages;

namespace SkyTree.Core.Tests.Harness;

/// <summary>A store whose reads of the log wait until the test lets them go on, or fail.</summary>
internal sealed class HeldStore(MessageStore inner) : MessageStore
{
    private readonly Queue<TaskCompletionSource> _held = new();

    /// <summary>Whether reads wait.</summary>
    public bool Holds { get; set; }

    /// <summary>Reads fail at once.</summary>
    public bool Fails { get; set; }

    /// <summary>Reads that wait.</summary>
    public int Held => _held.Count;

    /// <summary>Lets the oldest read go on, on the caller's thread.</summary>
    public void Release() => _held.Dequeue().SetResult();

    public override async ValueTask<LogPage> ReadLogAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken = default)
    {
        if (Fails)
        {
            throw new IOException("the store is down");
        }

        if (Holds)
        {
            var held = new TaskCompletionSource();
            _held.Enqueue(held);
            await held.Task;
        }

        return await inner.ReadLogAsync(after, filter, limit, cancellationToken);
    }

    public override ValueTask OpenAsync(CancellationToken cancellationToken = default) => inner.OpenAsync(cancellationToken);

    public override ValueTask AppendAsync(IReadOnlyList<StoredMessage> messages, CancellationToken cancellationToken = default) => inner.AppendAsync(messages, cancellationToken);

    public override ValueTask<long> GetLastOffsetAsync(CancellationToken cancellationToken = default) => inner.GetLastOffsetAsync(cancellationToken);

    public override MessageQueue GetQueue(string topic) => inner.GetQueue(topic);

    public override ValueTask<long?> FindOffsetAsync(long timestampMs, CancellationToken cancellationToken = default) => inner.FindOffsetAsync(timestampMs, cancellationToken);

    public override ValueTask<IReadOnlyList<TopicSummary>> ListTopicsAsync(Func<string, bool>? filter, string? after, int limit, CancellationToken cancellationToken = default) =>
        inner.ListTopicsAsync(filter, after, limit, cancellationToken);
}
