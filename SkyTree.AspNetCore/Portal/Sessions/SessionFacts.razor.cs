using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Charts;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.Diagnostics;

namespace SkyTree.AspNetCore.Portal.Sessions;

/// <summary>What is known of a session and its connection.</summary>
public sealed partial class SessionFacts
{
    /// <summary>The session.</summary>
    [Parameter, EditorRequired]
    public required SessionDetails Session { get; set; }

    /// <summary>What its connection has carried while the page is open.</summary>
    [Parameter, EditorRequired]
    public required SessionHistory History { get; set; }

    /// <summary>Is told when the session was changed.</summary>
    [Parameter]
    public EventCallback OnChanged { get; set; }

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    private IEnumerable<(string Name, string Value, string? Note)> Figures
    {
        get
        {
            yield return ("Subscriptions", Format.Number(Session.SubscriptionCount), null);
            if (Session.Live is { } live)
            {
                yield return ("Inflight", Format.Number(live.Inflight), S["OfWindow", Format.Number(live.Window)]);
                yield return ("Waiting", Format.Number(live.Waiting), S["WaitingNote"]);
            }

            if (Session.IsDurable)
            {
                yield return ("Lag", Format.Number(Session.Lag), S["LagNote"]);
            }

            if (Session.Live is { } connection)
            {
                yield return ("Received", Format.Number(connection.Received.Messages), Format.Bytes(connection.Received.Bytes));
                yield return ("Sent", Format.Number(connection.Sent.Messages), Format.Bytes(connection.Sent.Bytes));
            }
        }
    }

    private List<KeyValuePair<DropReason, long>> Drops => [.. (Session.Live?.Drops ?? new Dictionary<DropReason, long>()).Where(pair => pair.Value > 0).OrderByDescending(pair => pair.Value)];

    private IEnumerable<(string Name, ChartUnit Unit, IReadOnlyList<ChartLine> Lines)> Charts =>
    [
        ("Messages", ChartUnit.Rate, [Line("Received", point => point.ReceivedMessages), Line("Sent", point => point.SentMessages)]),
        ("Queue", ChartUnit.Count, [Line("Inflight", point => point.Inflight), Line("Waiting", point => point.Waiting)]),
    ];

    private DateTimeOffset Now => Time.GetUtcNow();

    private string ExpiryText => Session.ExpirySeconds switch
    {
        0 => S["EndsWithConnection"],
        uint.MaxValue => S["Never"],
        uint seconds => Format.Duration(TimeSpan.FromSeconds(seconds)),
    };

    private ChartLine Line(string name, Func<SessionHistory.Point, double> value) => new(S[name], [.. History.Points.Select(value)]);

    private async Task MoveAsync()
    {
        IDialogReference dialog = await Dialogs.ShowAsync<MoveCursorDialog>(
            S["MoveCursor"],
            new DialogParameters<MoveCursorDialog> { { shown => shown.Session, Session } },
            new DialogOptions { BackdropClick = false, MaxWidth = MaxWidth.Small, FullWidth = true });
        if (await dialog.Result is { Canceled: false })
        {
            await OnChanged.InvokeAsync();
        }
    }
}
