using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using SkyTree.Core.Diagnostics;

namespace SkyTree.Core.Messages;

/// <summary>
/// A log of stored messages in two places: what was committed last is in the node's embedded log, the outbox; from there
/// it moves to an external store. An acknowledgement waits for the embedded log only, so an external store that is slow
/// or away delays nobody until the outbox is full.
/// </summary>
/// <remarks>
/// Up to <see cref="StoredUpTo"/> the external store has every message, above it the embedded log has. The order of a
/// move is what makes that true for readers and after a crash: the page is appended to the external store, then the
/// boundary rises, then the embedded log drops the page. What was appended and not yet dropped when the process ended is
/// appended again, which changes nothing.
/// <para>
/// Offsets are the embedded log's. Whoever assigns them begins above <see cref="GetLastOffsetAsync"/>: an external store
/// that ends higher than the embedded log (whose folder was lost, say) would take a lower offset for a repeat and ignore it.
/// If it is reached while this is being opened, its end is the boundary, and what it has is read at once. If it answers
/// later, such a message is never written and never dropped; <see cref="LastError"/> says so.
/// </para>
/// <para>
/// In a cluster every node has an outbox, and all have one external store: see <see cref="OutboxSharing"/>.
/// </para>
/// </remarks>
internal sealed partial class OutboxMessageStore : MessageStore
{
    private readonly MessageStore _embedded;
    private readonly MessageStore _external;
    private readonly OutboxOptions _options;
    private readonly TimeProvider _time;
    private readonly BrokerLog _log;

    // Held while a page moves, and by whoever must not meet it in both places, or delete it in one on its way to the other.
    private readonly SemaphoreSlim _moving = new(1, 1);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously); // the external store, once
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _abandoned = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _telling = new(); // held while the end is raised to the external store's
    private bool _endIsTold; // offsets may have been given out above the end that is known; guarded by _telling
    private Task _draining = Task.CompletedTask;
    private int _disposed;

    private long _storedUpTo; // written by the drain loop, and before it begins; in a cluster by Follow alone
    private long _pendingMessages;
    private long _pendingBytes;
    private volatile bool _isConnected; // written by the drain loop
    private volatile string? _lastError; // written by the drain loop

    /// <summary>Creates it. Nothing is read before it is opened.</summary>
    /// <param name="embedded">The embedded log, open. Others append to it and say so by <see cref="Notify"/>; it stays theirs.</param>
    /// <param name="external">The external store, which this one opens, as often as it takes, and disposes.</param>
    /// <param name="options">Sizes and times.</param>
    /// <param name="time">The clock that the waits go by.</param>
    /// <param name="logger">Is told when the external store goes away and comes back.</param>
    /// <param name="isShared">Whether the nodes of a cluster have one external store.</param>
    public OutboxMessageStore(MessageStore embedded, MessageStore external, OutboxOptions options, TimeProvider time, ILogger logger, bool isShared = false)
    {
        _isShared = isShared;
        _embedded = embedded;
        _external = external;
        _options = options;
        _time = time;
        _log = new BrokerLog(logger);
    }

    /// <summary>Is told how long appending to the external store takes.</summary>
    public BrokerMetrics? Metrics { get; init; }

    /// <summary>Up to here the external store has every message. Never falls.</summary>
    public long StoredUpTo => Volatile.Read(ref _storedUpTo);

    /// <summary>Messages that the external store does not have yet.</summary>
    public long PendingMessages => Math.Max(0, Interlocked.Read(ref _pendingMessages));

    /// <summary>Their bytes of payload and properties.</summary>
    public long PendingBytes => Math.Max(0, Interlocked.Read(ref _pendingBytes));

    /// <summary>Messages that waited when it was opened.</summary>
    public long InheritedMessages { get; private set; }

    /// <summary>Their bytes of payload and properties.</summary>
    public long InheritedBytes { get; private set; }

    /// <summary>Ends when nothing waits for the first time since it was opened.</summary>
    public Task Drained => _drained.Task;

    /// <summary>Whether the last attempt to write to the external store, or to reach it, succeeded.</summary>
    public bool IsConnected => _isConnected;

    /// <summary>Why the last attempt failed; null while connected, and before the first attempt has ended.</summary>
    public string? LastError => _lastError;

    /// <summary>
    /// Says that messages were committed to the embedded log. Cheap, from any thread, and not necessarily in order. What
    /// nobody told of is moved with what follows it, but does not count as pending.
    /// </summary>
    /// <param name="messages">How many.</param>
    /// <param name="bytes">Their bytes of payload and properties.</param>
    public void Notify(int messages, long bytes)
    {
        Interlocked.Add(ref _pendingMessages, messages);
        Interlocked.Add(ref _pendingBytes, bytes);
        _wake.Writer.TryWrite(true);
    }

    /// <summary>
    /// Begins to move what the embedded log holds. Waits for the external store for <see cref="OutboxOptions.OpenWait"/>
    /// at most; if it cannot be reached, this returns all the same and goes on trying.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public override async ValueTask OpenAsync(CancellationToken cancellationToken = default)
    {
        await LoadAsync(cancellationToken).ConfigureAwait(false);
        await BeginAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The external store has been opened already, by who looked into it before. Called before this one is loaded.</summary>
    /// <param name="last">Where it ends, if that is known: the next offset will be above it, also when it is away again.</param>
    internal void MarkExternalOpen(long last = 0)
    {
        _sentUpTo = Math.Max(_sentUpTo, last);
        Volatile.Write(ref _isOpen, true);
    }

    /// <summary>The first half of opening: from now on it can be read, if the external store is open. Nothing moves yet.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="storedUpTo">Up to here the external store is known to have everything, though the embedded log may never have had any of it.</param>
    internal async ValueTask LoadAsync(CancellationToken cancellationToken, long storedUpTo = 0)
    {
        // What the external store has of this is not known, and need not be: all of it is appended again.
        if (_isShared)
        {
            await LoadSharedAsync(cancellationToken).ConfigureAwait(false);
            return;
        }

        LogPage first = await _embedded.ReadLogAsync(0, null, 1, cancellationToken).ConfigureAwait(false);
        _mayRepeatUpTo = await _embedded.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false);
        _storedUpTo = first.Messages.Count > 0 ? first.Messages[0].Offset - 1 : Math.Max(Math.Max(_mayRepeatUpTo, _sentUpTo), storedUpTo);
        _droppedUpTo = _storedUpTo;
        Interlocked.Exchange(ref _pendingMessages, 0);
        Interlocked.Exchange(ref _pendingBytes, 0);
        await CountPendingAsync(cancellationToken).ConfigureAwait(false);
        (InheritedMessages, InheritedBytes) = (PendingMessages, PendingBytes);
    }

    /// <summary>The second half: begins to move.</summary>
    internal async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        _draining = Task.Run(DrainAsync, CancellationToken.None);
        try
        {
            await _tried.Task.WaitAsync(_options.OpenWait, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It hangs. The loop says so in the log when the attempt fails.
        }

        lock (_telling)
        {
            _endIsTold = true;
        }
    }

    /// <summary>
    /// Ends after the page that is under way, and closes the external store. If that takes longer than
    /// <see cref="OutboxOptions.CloseWait"/>, the calls under way are cancelled and nobody waits for them.
    /// </summary>
    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await base.DisposeAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        Task closed = CloseExternalAsync();
        TimeSpan patience = _options.CloseWait * 0.8; // the rest is for what ends when it is cancelled
        if (!await EndsWithinAsync(closed, patience).ConfigureAwait(false))
        {
            await _abandoned.CancelAsync().ConfigureAwait(false);
            await EndsWithinAsync(closed, _options.CloseWait - patience).ConfigureAwait(false);
        }
    }

    private async Task CloseExternalAsync()
    {
        await _draining.ConfigureAwait(false);
        try
        {
            await _external.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Whatever it has not taken is in the embedded log.
            _log.MessageStoreLost(PendingMessages, e);
        }
    }

    private async Task<bool> EndsWithinAsync(Task task, TimeSpan time)
    {
        Task first = await Task.WhenAny(task, Task.Delay(time, _time)).ConfigureAwait(false);
        return first == task;
    }

    /// <summary>Counts what waits in the embedded log, by topic: that reads no payloads.</summary>
    private async Task CountPendingAsync(CancellationToken cancellationToken)
    {
        const int PageSize = 1000;
        IReadOnlyList<TopicSummary> topics = [];
        do
        {
            string? after = topics.Count > 0 ? topics[^1].Topic : null;
            topics = await _embedded.ListTopicsAsync(null, after, PageSize, cancellationToken).ConfigureAwait(false);
            foreach (TopicSummary topic in topics)
            {
                Interlocked.Add(ref _pendingMessages, topic.Count);
                Interlocked.Add(ref _pendingBytes, topic.Bytes);
            }
        }
        while (topics.Count > 0);
    }
}
