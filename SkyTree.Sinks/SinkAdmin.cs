using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Sinks.Running;

namespace SkyTree.Sinks;

/// <summary>What people see of sinks, and pausing them.</summary>
internal sealed class SinkAdmin
{
    internal const string Kind = "sinks";
    private const string Question = "sinks.status";

    private readonly Broker _broker;
    private readonly SinkHost _host;

    internal SinkAdmin(Broker broker, SinkHost host)
    {
        (_broker, _host) = (broker, host);
        broker.Admin.Nodes.Answer<StatusQuestion, IReadOnlyList<SinkStatus>>(Question, (_, _) => new(DescribeHere()));
    }

    /// <summary>All sinks, by name.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not.</exception>
    public async Task<IReadOnlyList<SinkStatus>> ListAsync(Caller caller, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Sinks, AdminAccess.Read);
        List<SinkStatus> here = DescribeHere();
        if (here.Count == 0 || here.All(IsSettled) || _broker.Admin.Nodes.Others.Count == 0)
        {
            return here;
        }

        // What a sink does is known where it runs.
        (IReadOnlyList<(Guid Node, IReadOnlyList<SinkStatus> Answer)> answers, _) =
            await _broker.Admin.Nodes.AskOthersAsync<StatusQuestion, IReadOnlyList<SinkStatus>>(Question, new StatusQuestion(), cancellationToken).ConfigureAwait(false);
        ILookup<string, SinkStatus> elsewhere = answers.SelectMany(answer => answer.Answer).Where(IsSettled).ToLookup(sink => sink.Name, StringComparer.Ordinal);
        return [.. here.Select(sink => IsSettled(sink) ? sink : elsewhere[sink.Name].FirstOrDefault(sink))];
    }

    /// <summary>One sink.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or there is none.</exception>
    public async Task<SinkStatus> GetAsync(Caller caller, string name, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<SinkStatus> all = await ListAsync(caller, cancellationToken).ConfigureAwait(false);
        string found = Find(name).Sink.Name;
        return all.First(sink => sink.Name == found);
    }

    /// <summary>Pauses a sink, also over restarts and on other nodes: its messages wait. Returns when it has ended, if it runs on this node.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up the waiting.</param>
    /// <exception cref="AdminException">The caller may not, there is none, or it cannot be noted now.</exception>
    public Task<SinkStatus> PauseAsync(Caller caller, string name, CancellationToken cancellationToken = default) => SetAsync(caller, name, true, cancellationToken);

    /// <summary>Lets a sink go on that was paused.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up the waiting.</param>
    /// <exception cref="AdminException">The caller may not, there is none, or it cannot be noted now.</exception>
    public Task<SinkStatus> ResumeAsync(Caller caller, string name, CancellationToken cancellationToken = default) => SetAsync(caller, name, false, cancellationToken);

    private async Task<SinkStatus> SetAsync(Caller caller, string name, bool paused, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Sinks, AdminAccess.Write);
        SinkRunner runner = Find(name);
        await _broker.Admin.Pauses.SetAsync(caller, Kind, runner.Sink.Name, paused).ConfigureAwait(false);
        await _host.SettleAsync(runner, cancellationToken).ConfigureAwait(false);
        return await GetAsync(caller, runner.Sink.Name, cancellationToken).ConfigureAwait(false);
    }

    private SinkRunner Find(string name) =>
        _host.Runners.FirstOrDefault(runner => string.Equals(runner.Sink.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new AdminException(AdminError.NotFound, "sink_not_found", $"There is no sink '{name}' that is enabled.");

    private static bool IsSettled(SinkStatus sink) => sink.State != SinkState.Idle;

    private List<SinkStatus> DescribeHere() => [.. _host.Runners.Select(Describe)];

    private SinkStatus Describe(SinkRunner runner)
    {
        SinkDefinition sink = runner.Sink;
        SinkProgress.Snapshot now = runner.Progress.Now;
        bool isPaused = !runner.IsRunning && _host.IsPaused(sink.Name);
        return new SinkStatus
        {
            Name = sink.Name,
            Kind = sink.Kind,
            Target = now.Target,
            Filters = sink.Options.Filters,
            ClientId = sink.ClientId,
            State = isPaused ? SinkState.Paused : now.State,
            Node = runner.IsRunning && _broker.Admin.Nodes.Here != Guid.Empty ? _broker.Admin.Nodes.Here : null,
            Lag = _broker.FindLag(sink.ClientId) ?? 0,
            Written = now.Written,
            Failed = now.Failed,
            DeadLettered = now.DeadLettered,
            LastWrittenAt = now.LastWrittenAt,
            LastError = now.LastError,
            LastErrorAt = now.LastErrorAt,
            RetryAt = now.RetryAt,
        };
    }

    private sealed record StatusQuestion;
}
