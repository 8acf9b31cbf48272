using System.Globalization;
using Microsoft.AspNetCore.Components;
using SkyTree.AspNetCore.Portal.Fields;
using SkyTree.AspNetCore.Portal.Hosting;
using SkyTree.AspNetCore.Portal.Live;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Drops;
using SkyTree.Core.Diagnostics;

namespace SkyTree.AspNetCore.Portal.Drops;

/// <summary>What was dropped, of whom and why.</summary>
public sealed partial class Drops
{
    private static readonly string[] s_tabs = ["latest", "totals"];
    private static readonly string[] s_filters = ["client", "filter", "reason", "since"];
    private static readonly Dictionary<string, TimeSpan> s_spans = new() { ["5m"] = TimeSpan.FromMinutes(5), ["1h"] = TimeSpan.FromHours(1), ["24h"] = TimeSpan.FromHours(24) };

    private KeysetGrid<DropEntry>? _latest;
    private KeysetGrid<DropTotalItem>? _totals;
    private DropSummary? _summary;
    private IReadOnlyList<Choice> _reasons = [];
    private IReadOnlyList<Choice> _sinces = [];
    private long _known;

    [Inject]
    private NodeIdentity Identity { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "tab")]
    private string? Tab { get; set; }

    [SupplyParameterFromQuery(Name = "client")]
    private string? Client { get; set; }

    [SupplyParameterFromQuery(Name = "filter")]
    private string? Filter { get; set; }

    [SupplyParameterFromQuery(Name = "reason")]
    private string? Reason { get; set; }

    [SupplyParameterFromQuery(Name = "since")]
    private string? Since { get; set; }

    private string? ShownTab { get; set; }

    private string Text => string.Join('\n', Client, Filter, Reason, Since);

    private bool IsEmpty => Text.All(c => c == '\n');

    private List<KeyValuePair<DropReason, long>> Reasons => [.. _summary!.ByReason.Where(pair => pair.Value > 0).OrderByDescending(pair => pair.Value)];

    private DropQuery Query => new()
    {
        ClientId = string.IsNullOrEmpty(Client) ? null : Client,
        Filter = string.IsNullOrEmpty(Filter) ? null : Filter,
        Reason = Enum.TryParse(Reason, out DropReason reason) && Enum.IsDefined(reason) ? reason : null,
        Since = Since is not null && s_spans.TryGetValue(Since, out TimeSpan span) ? Time.GetUtcNow() - span : null,
    };

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _reasons = [new("", S["All"]), .. Enum.GetNames<DropReason>().Select(reason => new Choice(reason, S["Reason." + reason]))];
        _sinces = [new("", S["AnyTime"]), .. s_spans.Keys.Select(span => new Choice(span, S["Since." + span]))];
        _known = Pulse.Latest.MessagesDropped;
        OnPulse(FollowAsync, every: 2);
        await SummarizeAsync();
    }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        // What reads the address itself must not come or go while all who read it are told of another one.
        await Task.Yield();
        ShownTab = s_tabs.Contains(Tab) ? Tab! : s_tabs[0];
    }

    private async Task FollowAsync(PulseSample sample)
    {
        if (_known != sample.MessagesDropped)
        {
            _known = sample.MessagesDropped;
            await SummarizeAsync();
            Task? reload = ShownTab == "totals" ? _totals?.ReloadAsync() : _latest?.ReloadAsync();
            await (reload ?? Task.CompletedTask);
        }
    }

    private Task<bool> SummarizeAsync() => TryAsync(async () => _summary = await Broker.Admin.Drops.SummarizeAsync(Caller, Gone));

    private async ValueTask<Page<DropEntry>> LoadLatestAsync(KeysetRequest request, CancellationToken cancellationToken) =>
        await Broker.Admin.Drops.ListLatestAsync(Caller, Query, request.After, request.Limit, cancellationToken);

    private async ValueTask<Page<DropTotalItem>> LoadTotalsAsync(KeysetRequest request, CancellationToken cancellationToken) =>
        await Broker.Admin.Drops.ListTotalsAsync(Caller, Query, request.After, request.Limit, cancellationToken);

    private void Set(string name, string? value) => SetQuery(new Dictionary<string, object?> { [name] = value }, replace: true);

    private void Clear() => SetQuery(s_filters.ToDictionary(name => name, _ => (object?)null));

    private string ReasonAddress(DropReason reason) => Address("reason", Reason == reason.ToString() ? null : reason.ToString());

    private string TabAddress(string tab) => Address("tab", tab == s_tabs[0] ? null : tab);

    private string Address(string name, string? value) =>
        Addresses.GetUriWithQueryParameters(new Dictionary<string, object?> { [name] = value, [KeysetQuery.After] = null });

    private string Bar(long count) => string.Create(CultureInfo.InvariantCulture, $"width:{Math.Max(0.5, 100.0 * count / Math.Max(1, Reasons[0].Value)):0.#}%");
}
