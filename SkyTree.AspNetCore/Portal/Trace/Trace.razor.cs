using System.Text;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Tracing;

namespace SkyTree.AspNetCore.Portal.Trace;

/// <summary>Recordings of packets.</summary>
public sealed partial class Trace
{
    private IReadOnlyList<TraceItem>? _traces;
    private string? _failure;
    private bool _hasAsked;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private Browser Browser { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "id")]
    private string? Id { get; set; }

    [SupplyParameterFromQuery(Name = "new")]
    private string? New { get; set; }

    [SupplyParameterFromQuery(Name = "client")]
    private string? Client { get; set; }

    [SupplyParameterFromQuery(Name = "topic")]
    private string? Topic { get; set; }

    private Guid? ShownId => Guid.TryParse(Id, out Guid id) ? id : null;

    private bool MayChange => User.May(AdminArea.Trace, AdminAccess.Write);

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        OnPulse(_ => LoadAsync(), every: 2);
        await LoadAsync();
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        // Another page has led here to record something: once, though the address still says so while it is asked.
        bool asks = New is not null && MayChange && !_hasAsked;
        _hasAsked = New is not null;
        if (asks)
        {
            await StartAsync();
        }
    }

    private async Task LoadAsync()
    {
        try
        {
            _traces = await Broker.Admin.Traces.ListAsync(Caller, Gone);
            _failure = null;
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
        }
    }

    private async Task StartAsync()
    {
        IDialogReference dialog = await Dialogs.ShowAsync<StartTraceDialog>(
            S["New"],
            new DialogParameters<StartTraceDialog> { { shown => shown.ClientId, Client }, { shown => shown.Filter, Topic } },
            new DialogOptions { BackdropClick = false, MaxWidth = MaxWidth.Small, FullWidth = true });
        Guid? started = await dialog.Result is { Canceled: false, Data: Guid id } ? id : ShownId;
        await LoadAsync();
        Addresses.NavigateTo(started is { } shown ? AddressOf(shown) : "trace", replace: New is not null);
    }

    private async Task StopAsync(TraceItem trace)
    {
        await TryAsync(() => Broker.Admin.Traces.StopAsync(Caller, trace.Id, Gone), S["Stopped"]);
        await LoadAsync();
    }

    private async Task DeleteAsync(TraceItem trace)
    {
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = S["DeleteTitle"],
            Text = S["DeleteText", Describe(trace), Format.Number(trace.Lines)],
            Action = S["Delete"],
            Act = () => Broker.Admin.Traces.DeleteAsync(Caller, trace.Id, Gone),
        });
        if (done)
        {
            Snackbar.Add(S["Deleted"], Severity.Success);
            await LoadAsync();
            if (trace.Id == ShownId)
            {
                Addresses.NavigateTo("trace");
            }
        }
    }

    private Task<bool> DownloadAsync(TraceItem trace) => TryAsync(async () =>
    {
        string text = await Broker.Admin.Traces.DownloadAsync(Caller, trace.Id, Gone);
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text), writable: false);
        await Browser.DownloadAsync($"trace-{trace.StartedAt.UtcDateTime:yyyyMMdd-HHmmss}.txt", "text/plain", stream);
    });

    private string Describe(TraceItem trace) => string.Join(
        ", ",
        new[]
        {
            trace.ClientId is null ? null : (string)S["OfClient", trace.ClientId],
            trace.Filter is null ? null : (string)S["OfTopic", trace.Filter],
            trace.Address is null ? null : (string)S["OfAddress", trace.Address],
        }.Where(part => part is not null));

    private TimeSpan Left(TraceItem trace) => TimeSpan.FromSeconds(Math.Max(0, Math.Ceiling((trace.EndsAt - Time.GetUtcNow()).TotalSeconds)));

    private static string AddressOf(Guid id) => $"trace?id={id}";
}
