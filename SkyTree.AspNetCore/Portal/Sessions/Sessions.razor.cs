using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Fields;
using SkyTree.AspNetCore.Portal.Hosting;
using SkyTree.AspNetCore.Portal.Live;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Sessions;

namespace SkyTree.AspNetCore.Portal.Sessions;

/// <summary>All sessions: found, disconnected, ended.</summary>
public sealed partial class Sessions
{
    private const int BeatsUntilStale = 10; // what is only counted, as queues, is fetched anew so often

    private KeysetGrid<SessionItem>? _grid;
    private bool? _isWide;
    private string? _lead;
    private (int Connections, int Sessions) _known;
    private int _beats;
    private IReadOnlyList<Choice> _states = [];
    private IReadOnlyList<Choice> _kinds = [];
    private IReadOnlyList<Choice> _protocols = [];
    private IReadOnlyList<Choice> _sinces = [];

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private NodeIdentity Identity { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "q")]
    private string? Search { get; set; }

    [SupplyParameterFromQuery(Name = "state")]
    private string? State { get; set; }

    [SupplyParameterFromQuery(Name = "kind")]
    private string? Kind { get; set; }

    [SupplyParameterFromQuery(Name = "user")]
    private string? UserName { get; set; }

    [SupplyParameterFromQuery(Name = "address")]
    private string? Address { get; set; }

    [SupplyParameterFromQuery(Name = "protocol")]
    private string? Protocol { get; set; }

    [SupplyParameterFromQuery(Name = "listener")]
    private string? Listener { get; set; }

    [SupplyParameterFromQuery(Name = "node")]
    private string? Node { get; set; }

    [SupplyParameterFromQuery(Name = "since")]
    private string? Since { get; set; }

    private SessionQuery Query => new(Search, State, Kind, UserName, Address, Protocol, Listener, Node, Since);

    private bool MayChange => User.May(AdminArea.Sessions, AdminAccess.Write);

    private bool IsCluster => Identity.Cluster is not null;

    private IReadOnlyList<Choice> Nodes => [new("", S["All"]), .. Identity.Members.Select(member => new Choice(member.Id.ToString(), member.Name))];

    private bool IsWide => _isWide ?? Query.IsWide;

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        _states = [new("", S["All"]), new("connected", S["Connected"]), new("offline", S["Offline"])];
        _kinds = [new("", S["All"]), new("durable", S["Durable"]), new("transient", S["Transient"])];
        _protocols = [new("", S["All"]), .. SessionQuery.Protocols.Select(protocol => new Choice(protocol.Key, S["Protocol." + protocol.Value]))];
        _sinces = [new("", S["AnyTime"]), .. SessionQuery.Spans.Keys.Select(span => new Choice(span, S["Since." + span]))];
        Tell(Pulse.Latest);
        OnPulse(FollowAsync, every: 2);
    }

    private void Tell(PulseSample sample)
    {
        _known = (sample.Connections, sample.Sessions);
        _lead = S["Lead", Format.Number(sample.Sessions), Format.Number(sample.Connections)];
    }

    // The rows follow who comes and goes; what changes all the time follows less often.
    private async Task FollowAsync(PulseSample sample)
    {
        _beats += 2;
        if (_grid is { } grid && (_beats >= BeatsUntilStale || _known != (sample.Connections, sample.Sessions)))
        {
            _beats = 0;
            Tell(sample);
            await grid.ReloadAsync();
        }
    }

    private async ValueTask<Page<SessionItem>> LoadAsync(KeysetRequest request, CancellationToken cancellationToken) =>
        await Broker.Admin.Sessions.ListAsync(Caller, Query.ToFilter(Time.GetUtcNow()), SessionQuery.ToSort(request.Sort), request.After, request.Limit, cancellationToken);

    private void Set(string name, string? value) => SetQuery(new Dictionary<string, object?> { [name] = value }, replace: true);

    private void Clear() => SetQuery(SessionQuery.Names.ToDictionary(name => name, _ => (object?)null));

    private async Task KickAsync(IReadOnlyList<SessionItem> items)
    {
        if (await KickDialog.ShowAsync(Dialogs, S["Disconnect"], [.. items.Where(item => item.IsConnected).Select(item => item.ClientId)]))
        {
            _grid?.ClearSelection();
            await ReloadAsync();
        }
    }

    private async Task EndAsync(IReadOnlyList<SessionItem> items)
    {
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = S["EndTitle"],
            Text = S["EndText"],
            Action = S["EndSessions"],
            Count = items.Count,
            Details = [.. items.Select(item => item.ClientId)],
            Act = async () =>
            {
                foreach (SessionItem item in items)
                {
                    await SessionEnd.EndAsync(Broker, Caller, item.ClientId, Gone);
                }
            },
        });
        if (done)
        {
            _grid?.ClearSelection();
            Snackbar.Add(S["Ended", Format.Number(items.Count)], Severity.Success);
            await ReloadAsync();
        }
    }

    private async Task DeleteOfflineAsync()
    {
        SessionFilter filter = Query.ToFilter(Time.GetUtcNow()) with { IsConnected = false };
        IDialogReference dialog = await Dialogs.ShowAsync<DeleteOfflineDialog>(
            S["DeleteOffline"],
            new DialogParameters<DeleteOfflineDialog> { { shown => shown.Filter, filter }, { shown => shown.IsFiltered, !(Query with { State = null }).IsEmpty } },
            new DialogOptions { BackdropClick = false, MaxWidth = MaxWidth.Small, FullWidth = true });
        if (await dialog.Result is { Canceled: false })
        {
            await ReloadAsync();
        }
    }

    private Task ReloadAsync() => _grid?.ReloadAsync() ?? Task.CompletedTask;
}
