using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.InProcess;
using SkyTree.Sinks.Running;

namespace SkyTree.Sinks;

/// <summary>
/// Runs sinks, on the node that leads its cluster: when another one leads, that takes the sessions over and goes on where they were. Started after
/// the broker and stopped before it.
/// </summary>
internal sealed class SinkHost : IAsyncDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "SkyTree.Sinks";

    private static readonly TimeSpan s_beat = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly Broker _broker;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IReadOnlyList<SinkRunner> _runners;
    private readonly SinkMetrics _metrics;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _turn = new(1, 1); // held while runners are started and stopped
    private Task _watching = Task.CompletedTask;
    private int _isDisposed; // 0 or 1; interlocked
    private bool _hasLooked; // for sessions of sinks that are not there; the watch's

    /// <summary>Prepares the sinks. Their client identifiers are theirs alone from now on.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="client">The client of that broker.</param>
    /// <param name="sinks">What is to run; each name once.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where it logs.</param>
    /// <param name="meters">Makes the meter <see cref="MeterName"/>; null: it is its own.</param>
    /// <exception cref="ArgumentException">Two sinks have the same name.</exception>
    public SinkHost(Broker broker, ISkyTreeClient client, IEnumerable<SinkDefinition> sinks, TimeProvider time, ILoggerFactory loggers, IMeterFactory? meters = null)
    {
        ArgumentNullException.ThrowIfNull(broker);
        ArgumentNullException.ThrowIfNull(loggers);
        _broker = broker;
        _time = time;
        _logger = loggers.CreateLogger<SinkHost>();
        _runners = [.. sinks.OrderBy(sink => sink.Name, StringComparer.Ordinal).Select(sink => new SinkRunner(broker, client, sink, time, _logger))];
        if (_runners.GroupBy(runner => runner.Sink.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"There are several sinks of the name '{twice.Key}'.", nameof(sinks));
        }

        foreach (SinkRunner runner in _runners)
        {
            broker.ReserveClientId(runner.Sink.ClientId);
        }

        _metrics = new SinkMetrics(meters, _runners, clientId => _broker.FindLag(clientId) ?? 0);
        Admin = new SinkAdmin(broker, this);
    }

    /// <summary>What people see and do.</summary>
    public SinkAdmin Admin { get; }

    internal IReadOnlyList<SinkRunner> Runners => _runners;

    /// <summary>
    /// Begins to look whether this node is the one that runs them. If it is, returns when each has its session: what is published from then on
    /// is written.
    /// </summary>
    /// <param name="cancellationToken">Gives up the waiting.</param>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (_runners.Count > 0)
        {
            _watching = Task.Run(WatchAsync, CancellationToken.None);
            await Task.WhenAll(_runners.Select(runner => SettleAsync(runner, cancellationToken))).ConfigureAwait(false);
        }
    }

    /// <summary>Ends all of them; what is being written may be written for a moment.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _watching.ConfigureAwait(false);
        await Task.WhenAll(_runners.Select(runner => runner.StopAsync())).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await StopAsync().ConfigureAwait(false);
        foreach (SinkRunner runner in _runners)
        {
            await runner.DisposeAsync().ConfigureAwait(false);
        }

        _metrics.Dispose();
        _stop.Dispose();
        _turn.Dispose();
    }

    /// <summary>Whether somebody has paused a sink.</summary>
    internal bool IsPaused(string name) => _broker.Admin.Pauses.Contains(SinkAdmin.Kind, name);

    /// <summary>Does at once what the watch would do. Returns when a sink that has to end has ended, and one that has to run reads or has failed.</summary>
    internal async Task SettleAsync(SinkRunner runner, CancellationToken cancellationToken)
    {
        await BeatAsync(cancellationToken).ConfigureAwait(false);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        patience.CancelAfter(s_patience);
        try
        {
            while (ShouldRun(runner) ? runner.Progress.Now.State == SinkState.Idle : runner.IsRunning)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), _time, patience.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Its status says how far it is.
        }
    }

    private async Task WatchAsync()
    {
        using var beats = new PeriodicTimer(s_beat, _time);
        try
        {
            do
            {
                try
                {
                    await BeatAsync(_stop.Token).ConfigureAwait(false);
                    await LookForOrphansAsync(_stop.Token).ConfigureAwait(false);
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    Log.HostFailed(_logger, exception);
                }
            }
            while (await beats.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // It is to end.
        }
    }

    private bool ShouldRun(SinkRunner runner) => _broker.Leads && !IsPaused(runner.Sink.Name);

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (SinkRunner runner in _runners)
            {
                bool should = ShouldRun(runner);
                if (should && !runner.IsRunning && !_stop.IsCancellationRequested)
                {
                    runner.Start();
                }
                else if (!should && runner.IsRunning)
                {
                    _ = runner.StopAsync(); // one that takes its time does not hold up the others
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Says, once, which sessions of sinks hold messages that nobody will read.</summary>
    private async Task LookForOrphansAsync(CancellationToken cancellationToken)
    {
        if (_hasLooked || !_broker.Leads)
        {
            return;
        }

        _hasLooked = true;
        Page<SessionItem> sessions = await _broker.Admin.Sessions.ListAsync(
            Caller.Application, new SessionFilter { ClientIdPrefix = SinkDefinition.Prefix, IsConnected = false }, null, 1000, cancellationToken).ConfigureAwait(false);
        foreach (SessionItem session in sessions.Items.Where(session => _runners.All(runner => runner.Sink.ClientId != session.ClientId)))
        {
            Log.Orphan(_logger, session.ClientId);
        }
    }
}
