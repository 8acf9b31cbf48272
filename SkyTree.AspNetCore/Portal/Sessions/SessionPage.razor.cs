using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Sessions;

namespace SkyTree.AspNetCore.Portal.Sessions;

/// <summary>One session: its connection, what it has subscribed to, what is on its way to it, and what has happened to it.</summary>
public sealed partial class SessionPage
{
    private static readonly string[] s_tabs = ["facts", "subscriptions", "inflight", "queued", "events"];

    private readonly SessionHistory _history = new();
    private SessionDetails? _session;
    private string? _failure;
    private string? _shown;
    private bool _isMissing;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "id")]
    private string? ClientId { get; set; }

    [SupplyParameterFromQuery(Name = "tab")]
    private string? Tab { get; set; }

    private string Id => ClientId ?? "";

    private string ShownTab { get; set; } = s_tabs[0];

    private bool MayChange => User.May(AdminArea.Sessions, AdminAccess.Write);

    /// <inheritdoc/>
    protected override void OnInitialized() => OnPulse(_ => LoadAsync(), every: (int)SessionHistory.Step.TotalSeconds);

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        // What reads the address itself must not come or go while all who read it are told of another one.
        await Task.Yield();
        ShownTab = s_tabs.Contains(Tab) ? Tab! : s_tabs[0];
        if (_shown != Id)
        {
            _shown = Id;
            _session = null;
            _isMissing = false;
            _history.Clear();
            await LoadAsync();
        }
    }

    private async Task LoadAsync()
    {
        string id = Id;
        try
        {
            SessionDetails session = await Broker.Admin.Sessions.GetAsync(Caller, id, Gone);
            if (id == Id)
            {
                _session = session;
                _failure = null;
                _isMissing = false;
                _history.Add(session.Live, Time.GetUtcNow());
            }
        }
        catch (AdminException exception) when (exception.Error == AdminError.NotFound)
        {
            _isMissing = true;
            _session = null;
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
        }
    }

    private async Task KickAsync()
    {
        if (await KickDialog.ShowAsync(Dialogs, S["Disconnect"], [Id]))
        {
            await LoadAsync();
        }
    }

    private async Task EndAsync()
    {
        bool done = await Dialogs.ConfirmAsync(new ConfirmQuestion
        {
            Title = S["EndTitleOne", Id],
            Text = S["EndText"],
            Action = S["EndSession"],
            Act = () => SessionEnd.EndAsync(Broker, Caller, Id, Gone),
        });
        if (done)
        {
            Snackbar.Add(S["EndedOne"], Severity.Success);
            Addresses.NavigateTo("sessions");
        }
    }
}
