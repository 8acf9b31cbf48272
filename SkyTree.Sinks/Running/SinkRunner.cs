using Microsoft.Extensions.Logging;
using SkyTree.Core;
using SkyTree.Core.InProcess;

namespace SkyTree.Sinks.Running;

/// <summary>
/// Runs a sink on this node: reads a batch, writes it until it is written or given up, acknowledges it, reads the next. One batch is written at
/// a time, so the messages of a topic are written in their order.
/// </summary>
internal sealed class SinkRunner(Broker broker, ISkyTreeClient client, SinkDefinition sink, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    // What is being written when the sink is to stop may be done with it: else it would come again.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly DeadLetters _deadLetters = new(sink, client, logger);
    private readonly BackOff _backOff = new(
        TimeSpan.FromMilliseconds(sink.Options.RetryMilliseconds), TimeSpan.FromSeconds(Math.Max(sink.Options.RetryMaximumSeconds, sink.Options.RetryMilliseconds / 1000.0)));

    private CancellationTokenSource? _stop; // these two: the host's
    private Task _run = Task.CompletedTask;
    private bool _hasFailed; // the run's

    /// <summary>What it runs.</summary>
    public SinkDefinition Sink => sink;

    /// <summary>What it has done.</summary>
    public SinkProgress Progress { get; } = new(time);

    /// <summary>Whether it runs, or has yet to end.</summary>
    public bool IsRunning => !_run.IsCompleted;

    /// <summary>Begins. Called when it does not run.</summary>
    public void Start()
    {
        _stop?.Dispose();
        _stop = new CancellationTokenSource();
        CancellationToken stop = _stop.Token;
        _run = Task.Run(() => RunAsync(stop), CancellationToken.None);
    }

    /// <summary>Ends; what is being written may be written for a moment.</summary>
    public async Task StopAsync()
    {
        if (_stop is { } stop)
        {
            Task run = _run;
            await stop.CancelAsync().ConfigureAwait(false);
            await run.ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stop?.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        using var abort = new CancellationTokenSource();
        using CancellationTokenRegistration registration = stop.UnsafeRegister(static source => ((CancellationTokenSource)source!).CancelAfter(s_patience), abort);
        _backOff.Reset();
        try
        {
            while (broker.Leads && !stop.IsCancellationRequested)
            {
                try
                {
                    await RunOnceAsync(stop, abort.Token).ConfigureAwait(false);
                }
                catch (Exception exception) when (exception is not OutOfMemoryException && !stop.IsCancellationRequested)
                {
                    // The session was ended, or the sink cannot be made.
                    await WaitAsync(exception, stop).ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception) when (exception is not OutOfMemoryException && stop.IsCancellationRequested)
        {
            // It is to end: what was being read or written comes again.
        }

        Progress.Ended();
        Log.Ended(logger, sink.Name);
    }

    private async Task RunOnceAsync(CancellationToken stop, CancellationToken abort)
    {
        // First the session: messages wait in it for a sink that cannot be made yet.
        await using MessageSubscription subscription = await SinkSession.OpenAsync(broker, client, sink, stop).ConfigureAwait(false);
        await using ISink target = sink.Create();
        var reader = new BatchReader(sink.Name, sink.Options, subscription, Math.Min(sink.Options.BatchMessages, broker.Options.MaximumInflight));
        Progress.Began(target.Target);
        Log.Begun(logger, sink.Name, target.Target);
        while (await reader.ReadAsync(stop).ConfigureAwait(false) is { } batch)
        {
            await DeliverAsync(target, subscription, batch, stop, abort).ConfigureAwait(false);
        }
    }

    /// <summary>Returns when the batch is written or given up, and acknowledged.</summary>
    private async Task DeliverAsync(ISink target, MessageSubscription subscription, SinkBatch batch, CancellationToken stop, CancellationToken abort)
    {
        for (int attempt = 1; ; attempt++)
        {
            Exception failure;
            try
            {
                await WriteAsync(target, batch, abort).ConfigureAwait(false);
                Progress.Wrote(batch.Messages.Count);
                Recover();
                break;
            }
            catch (Exception exception) when (exception is not OutOfMemoryException && !abort.IsCancellationRequested)
            {
                failure = exception;
            }

            if (failure is SinkRejectedException && batch.Messages.Count > 1)
            {
                // Only those are to be given up that it is about.
                Progress.Failed(Text(failure));
                int half = batch.Messages.Count / 2;
                await DeliverAsync(target, subscription, new SinkBatch(sink.Name, [.. batch.Messages.Take(half)]), stop, abort).ConfigureAwait(false);
                await DeliverAsync(target, subscription, new SinkBatch(sink.Name, [.. batch.Messages.Skip(half)]), stop, abort).ConfigureAwait(false);
                return;
            }

            if (await TryGiveUpAsync(batch, attempt, failure, stop).ConfigureAwait(false))
            {
                break;
            }
        }

        foreach (SinkMessage message in batch.Messages)
        {
            await subscription.AcknowledgeAsync(message.Received!, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task WriteAsync(ISink target, SinkBatch batch, CancellationToken abort)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(abort);
        limit.CancelAfter(TimeSpan.FromSeconds(sink.Options.TimeoutSeconds));
        try
        {
            await Task.Run(() => target.WriteAsync(batch, limit.Token).AsTask(), CancellationToken.None).ConfigureAwait(false); // it may block
        }
        catch (OperationCanceledException exception) when (limit.IsCancellationRequested && !abort.IsCancellationRequested)
        {
            throw new TimeoutException($"It was not written within {sink.Options.TimeoutSeconds} s.", exception);
        }
    }

    /// <summary>Gives a batch up if it is to be, else waits until the next attempt.</summary>
    private async Task<bool> TryGiveUpAsync(SinkBatch batch, int attempt, Exception failure, CancellationToken stop)
    {
        bool isEnough = failure is SinkRejectedException || (sink.Options.Attempts > 0 && attempt >= sink.Options.Attempts);
        if (!isEnough || sink.Options.DeadLetterTopic.Length == 0)
        {
            await WaitAsync(failure, stop).ConfigureAwait(false);
            return false;
        }

        Progress.Failed(Text(failure));
        try
        {
            await _deadLetters.PublishAsync(batch.Messages, Text(failure), stop).ConfigureAwait(false);
        }
        catch (Core.Admin.AdminException exception)
        {
            // The broker is full, or out of touch with its cluster: then the batch is tried once more.
            await WaitAsync(exception, stop).ConfigureAwait(false);
            return false;
        }

        Progress.GaveUp(batch.Messages.Count);
        Recover();
        return true;
    }

    private async Task WaitAsync(Exception failure, CancellationToken stop)
    {
        TimeSpan wait = _backOff.Next((failure as SinkUnavailableException)?.RetryAfter);
        Progress.Failed(Text(failure));
        Progress.Waits(wait);
        if (!_hasFailed)
        {
            _hasFailed = true; // once, not with each attempt
            Log.Failed(logger, sink.Name, Text(failure));
        }

        await Task.Delay(wait, time, stop).ConfigureAwait(false);
    }

    private void Recover()
    {
        _backOff.Reset();
        if (_hasFailed)
        {
            _hasFailed = false;
            Log.Recovered(logger, sink.Name);
        }
    }

    // A failed request says little itself; what it was caused by says more.
    private static string Text(Exception failure) =>
        (failure is HttpRequestException { InnerException: { } inner } && !failure.Message.Contains(inner.Message, StringComparison.Ordinal)
            ? $"{failure.Message} {inner.Message}"
            : failure.Message).ReplaceLineEndings(" ");
}
