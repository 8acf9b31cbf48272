using System.Collections.Concurrent;
using SkyTree.Core;
using SkyTree.Core.Diagnostics;

namespace SkyTree.AspNetCore.Portal.Live;

/// <summary>
/// One clock for all pages of this node: each second it looks at the broker once and tells those who are subscribed. Who has
/// not finished with a beat misses the next ones, so a slow browser holds up nobody.
/// </summary>
public sealed class PortalPulse : IAsyncDisposable
{
    /// <summary>Samples that are remembered: so many seconds.</summary>
    public const int Remembered = 300;

    private readonly Broker _broker;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<Subscription, bool> _subscriptions = new();
    private readonly Queue<PulseSample> _samples = new(); // guarded by itself
    private readonly ITimer _timer;
    private long _lastTimestamp; // the timer's
    private PulseSample _last; // replaced by the timer

    /// <summary>Creates it; it beats from then on.</summary>
    /// <param name="broker">What it looks at.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where it says what went wrong.</param>
    public PortalPulse(Broker broker, TimeProvider time, ILogger<PortalPulse> logger)
    {
        ArgumentNullException.ThrowIfNull(time);
        _broker = broker;
        _time = time;
        _logger = logger;
        _lastTimestamp = time.GetTimestamp();
        _last = new PulseSample { At = time.GetUtcNow() };
        _last = Look(0);
        _timer = time.CreateTimer(_ => Beat(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>What the last beat saw.</summary>
    public PulseSample Latest => Volatile.Read(ref _last);

    /// <summary>The samples of the last minutes, oldest first.</summary>
    public IReadOnlyList<PulseSample> Samples
    {
        get
        {
            lock (_samples)
            {
                return [.. _samples];
            }
        }
    }

    /// <summary>Has somebody told at each beat, on a thread of the pool. A component calls <c>InvokeAsync</c> there.</summary>
    /// <param name="beat">Is told; what it throws ends nothing.</param>
    /// <returns>Ends it when disposed.</returns>
    public IDisposable Subscribe(Func<PulseSample, Task> beat)
    {
        ArgumentNullException.ThrowIfNull(beat);
        var subscription = new Subscription(this, beat);
        _subscriptions[subscription] = true;
        return subscription;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Beat()
    {
        long now = _time.GetTimestamp();
        double seconds = _time.GetElapsedTime(_lastTimestamp, now).TotalSeconds;
        if (seconds < 0.2)
        {
            return; // beats that a busy machine has held back come together
        }

        _lastTimestamp = now;
        PulseSample sample = Look(seconds);
        Volatile.Write(ref _last, sample);
        lock (_samples)
        {
            _samples.Enqueue(sample);
            while (_samples.Count > Remembered)
            {
                _samples.Dequeue();
            }
        }

        foreach (Subscription subscription in _subscriptions.Keys)
        {
            subscription.Tell(sample);
        }
    }

    private PulseSample Look(double seconds)
    {
        TrafficCounters traffic = _broker.Traffic;
        var sample = new PulseSample
        {
            At = _time.GetUtcNow(),
            Connections = _broker.ConnectionCount,
            Sessions = _broker.SessionCount,
            Subscriptions = _broker.SubscriptionCount,
            Retained = _broker.RetainedCount,
            MessagesIn = traffic.PublishesReceived,
            MessagesOut = traffic.PublishesSent,
            MessagesDropped = _broker.Drops.Total,
            BytesIn = traffic.BytesReceived,
            BytesOut = traffic.BytesSent,
        };
        PulseSample last = _last;
        return seconds <= 0 ? sample : sample with
        {
            InPerSecond = (sample.MessagesIn - last.MessagesIn) / seconds,
            OutPerSecond = (sample.MessagesOut - last.MessagesOut) / seconds,
            DroppedPerSecond = (sample.MessagesDropped - last.MessagesDropped) / seconds,
            BytesInPerSecond = (sample.BytesIn - last.BytesIn) / seconds,
            BytesOutPerSecond = (sample.BytesOut - last.BytesOut) / seconds,
        };
    }

    private sealed class Subscription(PortalPulse pulse, Func<PulseSample, Task> beat) : IDisposable
    {
        private int _isBusy; // interlocked

        public void Tell(PulseSample sample)
        {
            if (Interlocked.Exchange(ref _isBusy, 1) == 0)
            {
                _ = Task.Run(() => TellAsync(sample));
            }
        }

        public void Dispose() => pulse._subscriptions.TryRemove(this, out _);

        private async Task TellAsync(PulseSample sample)
        {
            try
            {
                await beat(sample);
            }
            catch (Exception exception) when (exception is ObjectDisposedException or OperationCanceledException)
            {
                Dispose(); // its page is gone
            }
            catch (Exception exception)
            {
                pulse._logger.BeatFailed(exception);
            }
            finally
            {
                Volatile.Write(ref _isBusy, 0);
            }
        }
    }
}
