using SkyTree.Core.Diagnostics;

namespace SkyTree.Core.Admin.Stats;

/// <summary>Counters now, and charts of the last hour, day and week.</summary>
public sealed class StatsAdmin
{
    private readonly AdminParts _parts;

    internal StatsAdmin(AdminParts parts)
    {
        _parts = parts;
        parts.Nodes.Answer<ChartQuestion, ChartAnswer>("stats.chart", (question, _) => new(ReadHere(question.Range)));
        parts.Nodes.Answer<NowQuestion, NodeStats>("stats.now", (_, _) => new(NowHere()));
    }

    /// <summary>The node that is asked; empty: the broker is one process.</summary>
    public Guid Node => _parts.State.Node;

    /// <summary>What each node has counted, and has now.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not.</exception>
    public async Task<StatsNow> NowAsync(Caller caller, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Stats, AdminAccess.Read);
        (IReadOnlyList<(Guid Node, NodeStats Answer)> answers, IReadOnlyList<Guid> away) =
            await _parts.Nodes.AskOthersAsync<NowQuestion, NodeStats>("stats.now", new NowQuestion(), cancellationToken).ConfigureAwait(false);
        NodeStats[] nodes = [NowHere(), .. answers.Select(answer => answer.Answer)];
        return new StatsNow(Sum([.. nodes.Select(node => node.Sample)]), [.. nodes.OrderBy(node => node.Node)]) { Unavailable = away };
    }

    /// <summary>A chart: of each step what came and went in it, and what there was at its end; summed over the nodes that answer.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="range">How far back.</param>
    /// <param name="node">Of one node only; null: of all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or the node is away.</exception>
    public async Task<StatChart> ChartAsync(Caller caller, StatRange range, Guid? node = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Stats, AdminAccess.Read);
        if (!Enum.IsDefined(range))
        {
            throw AdminMistakes.Invalid("range", "bad_range", "The range is hour, day or week.");
        }

        var question = new ChartQuestion(range);
        List<ChartAnswer> charts = [];
        IReadOnlyList<Guid> away = [];
        if (node is null || node == _parts.State.Node)
        {
            charts.Add(ReadHere(range));
        }

        if (node is null)
        {
            (IReadOnlyList<(Guid Node, ChartAnswer Answer)> answers, away) = await _parts.Nodes.AskOthersAsync<ChartQuestion, ChartAnswer>("stats.chart", question, cancellationToken).ConfigureAwait(false);
            charts.AddRange(answers.Select(answer => answer.Answer));
        }
        else if (node is { } other && other != _parts.State.Node)
        {
            Nodes.NodeAnswer<ChartAnswer> answer = await _parts.Nodes.AskAsync<ChartQuestion, ChartAnswer>(other, "stats.chart", question, cancellationToken).ConfigureAwait(false);
            charts.Add(answer.HasAnswered ? answer.Value : throw AdminMistakes.NodeAway(other));
        }

        var points = new SortedDictionary<long, List<StatSample>>();
        foreach (ChartAnswer chart in charts)
        {
            for (int i = 1; i < chart.Times.Count; i++)
            {
                (points.TryGetValue(chart.Times[i], out List<StatSample>? at) ? at : points[chart.Times[i]] = []).Add(Difference(chart.Samples[i], chart.Samples[i - 1]));
            }
        }

        return new StatChart(
            range,
            StatHistory.StepSeconds(range),
            [.. points.Select(point => new StatPoint(DateTimeOffset.FromUnixTimeMilliseconds(point.Key), Sum(point.Value)))])
        {
            Unavailable = away,
        };
    }

    /// <summary>Takes a sample of this node.</summary>
    internal StatSample TakeSample() => new()
    {
        MessagesReceived = _parts.Services.Traffic.PublishesReceived,
        MessagesSent = _parts.Services.Traffic.PublishesSent,
        MessagesDropped = _parts.Context.Drops.Total,
        BytesReceived = _parts.Services.Traffic.BytesReceived,
        BytesSent = _parts.Services.Traffic.BytesSent,
        Connections = _parts.Broker.ConnectedCount,
        Sessions = _parts.State.Sessions.Count,
        Subscriptions = _parts.State.Index.Count,
        Retained = _parts.State.Retained.Count,
        LastOffset = _parts.State.LastOffset,
        StoreBytes = _parts.Broker.StoreBytes,
    };

    private NodeStats NowHere() => new(_parts.State.Node, Broker.Version, TakeSample());

    private ChartAnswer ReadHere(StatRange range)
    {
        List<(long AtMs, StatSample Sample)> samples = _parts.Broker.History.Read(range);
        return new ChartAnswer([.. samples.Select(sample => sample.AtMs)], [.. samples.Select(sample => sample.Sample)]);
    }

    // Counters by what came in the step; what there is stays what it is.
    private static StatSample Difference(StatSample now, StatSample before) => now with
    {
        MessagesReceived = Math.Max(0, now.MessagesReceived - before.MessagesReceived),
        MessagesSent = Math.Max(0, now.MessagesSent - before.MessagesSent),
        MessagesDropped = Math.Max(0, now.MessagesDropped - before.MessagesDropped),
        BytesReceived = Math.Max(0, now.BytesReceived - before.BytesReceived),
        BytesSent = Math.Max(0, now.BytesSent - before.BytesSent),
    };

    // What every node has all of is not added up.
    private static StatSample Sum(IReadOnlyList<StatSample> samples) => new()
    {
        MessagesReceived = samples.Sum(sample => sample.MessagesReceived),
        MessagesSent = samples.Sum(sample => sample.MessagesSent),
        MessagesDropped = samples.Sum(sample => sample.MessagesDropped),
        BytesReceived = samples.Sum(sample => sample.BytesReceived),
        BytesSent = samples.Sum(sample => sample.BytesSent),
        Connections = samples.Sum(sample => sample.Connections),
        Sessions = samples.Max(sample => sample.Sessions),
        Subscriptions = samples.Max(sample => sample.Subscriptions),
        Retained = samples.Max(sample => sample.Retained),
        LastOffset = samples.Max(sample => sample.LastOffset),
        StoreBytes = samples.Sum(sample => sample.StoreBytes),
    };

    internal sealed record ChartQuestion(StatRange Range);

    internal sealed record ChartAnswer(IReadOnlyList<long> Times, IReadOnlyList<StatSample> Samples);

    internal sealed record NowQuestion;
}

/// <summary>What a node has counted since it started, and has now.</summary>
/// <param name="Node">The node; empty: the broker is one process.</param>
/// <param name="Version">The version of its program.</param>
/// <param name="Sample">The numbers.</param>
public sealed record NodeStats(Guid Node, string Version, StatSample Sample);

/// <summary>What all nodes together have counted, and have now.</summary>
/// <param name="Total">Of all that answered; what every node has all of counts once.</param>
/// <param name="Nodes">Of each.</param>
public sealed record StatsNow(StatSample Total, IReadOnlyList<NodeStats> Nodes)
{
    /// <summary>Nodes that did not answer: theirs are missing.</summary>
    public IReadOnlyList<Guid> Unavailable { get; init; } = [];
}

/// <summary>A chart.</summary>
/// <param name="Range">How far it goes back.</param>
/// <param name="StepSeconds">The seconds from one point to the next.</param>
/// <param name="Points">Its points, oldest first; while a node was not running there are none of it.</param>
public sealed record StatChart(StatRange Range, int StepSeconds, IReadOnlyList<StatPoint> Points)
{
    /// <summary>Nodes that did not answer: theirs are missing.</summary>
    public IReadOnlyList<Guid> Unavailable { get; init; } = [];
}

/// <summary>A point of a chart.</summary>
/// <param name="At">The end of its step.</param>
/// <param name="Values">What came and went in the step, and what there was at its end.</param>
public sealed record StatPoint(DateTimeOffset At, StatSample Values);
