using SkyTree.Core.Messages;

namespace SkyTree.Store.Tests.Outbox;

/// <summary>
/// A real store behind a line that can be cut, that can lose answers, and that can be held up. What is called before it
/// was opened fails, as with a real one.
/// </summary>
internal sealed class UnreliableMessageStore(MessageStore inner) : MessageStore
{
    /// <summary>The store behind the line.</summary>
    public MessageStore Inner { get; set; } = inner;

    private volatile bool _isDown;
    private volatile bool _losesAnswers;
    private volatile TaskCompletionSource? _held;
    private volatile bool _isOpen;
    private int _appends;

    /// <summary>Every call fails, at once.</summary>
    public bool IsDown
    {
        get => _isDown;
        set => _isDown = value;
    }

    /// <summary>Appends take effect and fail all the same.</summary>
    public bool LosesAnswers
    {
        get => _losesAnswers;
        set => _losesAnswers = value;
    }

    /// <summary>Is asked before each append, and throws or waits if it likes.</summary>
    public Func<Task>? OnAppend { get; set; }

    /// <summary>Whether a call that is held up ends when it is cancelled.</summary>
    public bool HeedsCancellation { get; set; } = true;

    /// <summary>Appends begun.</summary>
    public int Appends => Volatile.Read(ref _appends);

    /// <summary>How many messages each append had that came through.</summary>
    public List<IReadOnlyList<StoredMessage>> Batches { get; } = [];

    /// <summary>How often it was to be opened.</summary>
    public int Opens { get; private set; }

    /// <summary>Holds every call up until <see cref="Release"/>.</summary>
    public void Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release()
    {
        TaskCompletionSource? held = _held;
        _held = null;
        held?.SetResult();
    }

    public override async ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        Opens++;
        await PassAsync(cancellationToken, needsOpen: false);
        await Inner.OpenAsync(cancellationToken);
        _isOpen = true;
    }

    public override async ValueTask AppendAsync(IReadOnlyList<StoredMessage> messages, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _appends);
        if (OnAppend is { } asked)
        {
            await asked();
        }

        await PassAsync(cancellationToken);
        await Inner.AppendAsync(messages, cancellationToken);
        if (_losesAnswers)
        {
            throw new IOException("the answer was lost");
        }

        Batches.Add(messages);
    }

    public override async ValueTask<long> GetLastOffsetAsync(CancellationToken cancellationToken = default)
    {
        await PassAsync(cancellationToken);
        return await Inner.GetLastOffsetAsync(cancellationToken);
    }

    public override MessageQueue GetQueue(string topic) => new Queue(this, Inner.GetQueue(topic));

    public override async ValueTask<LogPage> ReadLogAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken = default)
    {
        await PassAsync(cancellationToken);
        return await Inner.ReadLogAsync(after, filter, limit, cancellationToken);
    }

    public override async ValueTask<long?> FindOffsetAsync(long timestampMs, CancellationToken cancellationToken = default)
    {
        await PassAsync(cancellationToken);
        return await Inner.FindOffsetAsync(timestampMs, cancellationToken);
    }

    public override async ValueTask<IReadOnlyList<TopicSummary>> ListTopicsAsync(Func<string, bool>? filter, string? after, int limit, CancellationToken cancellationToken = default)
    {
        await PassAsync(cancellationToken);
        return await Inner.ListTopicsAsync(filter, after, limit, cancellationToken);
    }

    public override async ValueTask DeleteLogAsync(long offset, CancellationToken cancellationToken = default)
    {
        await PassAsync(cancellationToken);
        await Inner.DeleteLogAsync(offset, cancellationToken);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Inner.DisposeAsync();
    }

    private async Task PassAsync(CancellationToken cancellationToken, bool needsOpen = true)
    {
        if (_held is { } held)
        {
            await held.Task.WaitAsync(HeedsCancellation ? cancellationToken : CancellationToken.None);
        }

        if (_isDown || (needsOpen && !_isOpen))
        {
            throw new IOException("the line is cut");
        }
    }

    private sealed class Queue(UnreliableMessageStore store, MessageQueue queue) : MessageQueue
    {
        public override string Topic => queue.Topic;

        public override async ValueTask<IReadOnlyList<StoredMessage>> ReadByOffsetAsync(long offset, int limit, CancellationToken cancellationToken = default)
        {
            await store.PassAsync(cancellationToken);
            return await queue.ReadByOffsetAsync(offset, limit, cancellationToken);
        }

        public override async ValueTask DeleteByOffsetAsync(long offset, CancellationToken cancellationToken = default)
        {
            await store.PassAsync(cancellationToken);
            await queue.DeleteByOffsetAsync(offset, cancellationToken);
        }

        public override async ValueTask<TopicSummary> GetSummaryAsync(CancellationToken cancellationToken = default)
        {
            await store.PassAsync(cancellationToken);
            return await queue.GetSummaryAsync(cancellationToken);
        }
    }
}
