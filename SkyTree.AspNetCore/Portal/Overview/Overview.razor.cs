using System.Diagnostics;
using Microsoft.AspNetCore.Components;
using SkyTree.AspNetCore.Administration;
using SkyTree.AspNetCore.Listeners;
using SkyTree.AspNetCore.Portal.Hosting;
using SkyTree.AspNetCore.Portal.Live;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Cluster.Administration;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Attention;
using SkyTree.Core.Admin.Stats;
using SkyTree.Core.Diagnostics;

namespace SkyTree.AspNetCore.Portal.Overview;

/// <summary>What this node does now, what needs attention first, and how it went in the last minutes, hour, day or week.</summary>
public sealed partial class Overview
{
    private const int FetchEverySeconds = 10;
    private const int LookEverySeconds = 3;

    private static readonly DateTimeOffset s_startedAt = Process.GetCurrentProcess().StartTime.ToUniversalTime();

    private static readonly (string? Name, StatRange? Range)[] s_ranges =
        [(null, null), ("hour", StatRange.Hour), ("day", StatRange.Day), ("week", StatRange.Week)];

    private Page<Concern>? _concerns;
    private ClusterStatus? _cluster;
    private IReadOnlyList<Figure> _figures = [];
    private OverviewCharts? _charts;
    private StatsNow? _now;
    private string? _failure;
    private int _away;
    private int _beats;
    private (StatRange?, bool)? _shown;

    [Inject]
    private NodeIdentity Node { get; set; } = default!;

    [Inject]
    private ClusterControl Cluster { get; set; } = default!;

    [Inject]
    private ActiveListeners Listeners { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "range")]
    private string? Range { get; set; }

    [SupplyParameterFromQuery(Name = "of")]
    private string? Of { get; set; }

    // Null: the last minutes, second by second.
    private StatRange? Chosen => s_ranges.FirstOrDefault(range => range.Name == Range).Range;

    private bool IsOfThisNode => Of == "this";

    /// <inheritdoc/>
    protected override Task OnInitializedAsync()
    {
        Show(Pulse.Latest);
        OnPulse(async sample =>
        {
            Show(sample);
            if (Chosen is null)
            {
                ShowLastMinutes();
            }

            if (++_beats % FetchEverySeconds == 0)
            {
                await FetchAsync();
            }

            if (_beats % LookEverySeconds == 0)
            {
                await LookAsync();
            }
        });
        return LookAsync();
    }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_shown == (Chosen, IsOfThisNode))
        {
            return;
        }

        _shown = (Chosen, IsOfThisNode);
        _charts = null;
        if (Chosen is null)
        {
            ShowLastMinutes();
        }

        await FetchAsync();
    }

    private static string AddressOf(string? range, bool isOfThisNode) =>
        (range, isOfThisNode) switch { (null, _) => ".", (_, false) => $".?range={range}", _ => $".?range={range}&of=this" };

    private async Task LookAsync()
    {
        try
        {
            _concerns = await Broker.Admin.Attention.ListAsync(Caller, Gone);
            if (Node.Cluster is not null && User.May(AdminArea.Cluster, AdminAccess.Read))
            {
                _cluster = await Cluster.GetStatusAsync(Caller, Gone);
            }
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
        }
        catch (OperationCanceledException) when (Gone.IsCancellationRequested)
        {
            // The page is gone.
        }
    }

    private MemberStatus? MemberOf(Guid node) => _cluster?.Members.FirstOrDefault(member => member.Id == node);

    private void ShowLastMinutes() => _charts = OverviewCharts.Of(Pulse.Samples, Time.GetUtcNow(), T);

    private async Task FetchAsync()
    {
        (StatRange? Range, bool)? asked = _shown;
        try
        {
            _now = await Broker.Admin.Stats.NowAsync(Caller, Gone);
            if (asked?.Range is { } range)
            {
                Guid? node = IsOfThisNode || Node.Cluster is null ? Broker.Admin.Stats.Node : null;
                StatChart chart = await Broker.Admin.Stats.ChartAsync(Caller, range, node, Gone);
                if (asked == _shown)
                {
                    _charts = OverviewCharts.Of(chart, Time.GetUtcNow(), T);
                    _away = chart.Unavailable.Count;
                }
            }
            else
            {
                _away = 0;
            }

            _failure = null;
            Show(Pulse.Latest);
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
        }
    }

    private void Show(PulseSample sample)
    {
        _figures =
        [
            new("Connections", Format.Number(sample.Connections), _now is { Nodes.Count: > 1 } now ? T["Overview.InCluster", Format.Number(now.Total.Connections)].Value : null),
            new("Sessions", Format.Number(sample.Sessions), T["Overview.SessionsNote"]),
            new("Subscriptions", Format.Number(sample.Subscriptions), T["Overview.RetainedNote", Format.Number(sample.Retained)]),
            new("StoreBytes", _now is null ? "–" : Format.Bytes(_now.Total.StoreBytes), _now is null ? null : T["Overview.StoreNote", Format.Number(_now.Total.LastOffset)].Value),
            new("In", Format.Rate(sample.InPerSecond), T["Overview.SinceStart", Format.Number(sample.MessagesIn)]),
            new("Out", Format.Rate(sample.OutPerSecond), T["Overview.SinceStart", Format.Number(sample.MessagesOut)]),
            new("Dropped", Format.Rate(sample.DroppedPerSecond), T["Overview.SinceStart", Format.Number(sample.MessagesDropped)]),
            new("Traffic", Format.Bytes(sample.BytesInPerSecond + sample.BytesOutPerSecond) + "/s", T["Overview.TrafficNote", Format.Bytes(sample.BytesIn), Format.Bytes(sample.BytesOut)]),
        ];
    }
}
