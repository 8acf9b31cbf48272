using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Audit;

namespace SkyTree.AspNetCore.Portal.Audit;

/// <summary>What was changed, by whom, and what it was before.</summary>
public sealed partial class AuditPage
{
    private static readonly DialogOptions s_options = new() { CloseOnEscapeKey = true, FullWidth = true, MaxWidth = MaxWidth.Medium };

    private KeysetGrid<AuditEntry>? _grid;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "caller")]
    private string? By { get; set; }

    [SupplyParameterFromQuery(Name = "action")]
    private string? Action { get; set; }

    [SupplyParameterFromQuery(Name = "target")]
    private string? Target { get; set; }

    [SupplyParameterFromQuery(Name = "since")]
    private string? Since { get; set; }

    [SupplyParameterFromQuery(Name = "until")]
    private string? Until { get; set; }

    private static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static DateTimeOffset? Moment(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset moment) ? moment : null;

    private ValueTask<Page<AuditEntry>> LoadAsync(KeysetRequest request, CancellationToken cancellationToken)
    {
        var query = new AuditQuery { Caller = Text(By), Action = Text(Action), Target = Text(Target), Since = Moment(Since), Until = Moment(Until) };
        return ValueTask.FromResult(Broker.Admin.AuditLog.List(Caller, query, request.After, request.Limit));
    }

    private void Set(string name, string value) => SetQuery(new Dictionary<string, object?> { [name] = value }, replace: true);

    private string? Short(AuditEntry entry) => (entry.Before, entry.After) switch
    {
        (null, null) => null,
        (null, _) => T["Audit.New"],
        (_, null) => T["Audit.Gone"],
        _ => string.Join(", ", JsonDifference.Of(entry.Before, entry.After).Where(place => !place.IsSame).Select(place => place.Path).Take(4)),
    };

    private async Task ShowAsync(AuditEntry entry)
    {
        IDialogReference dialog = await Dialogs.ShowAsync<AuditDialog>(null, new DialogParameters<AuditDialog> { { shown => shown.Entry, entry } }, s_options);
        await dialog.Result;
    }
}
