using System.Globalization;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Sessions;

namespace SkyTree.AspNetCore.Portal.Sessions;

/// <summary>Puts a session's cursor elsewhere, and says what that means first.</summary>
public sealed partial class MoveCursorDialog
{
    private CursorPlace _place;
    private long _offset;
    private string? _time;
    private string? _failure;
    private bool _isBusy;

    /// <summary>Whose cursor.</summary>
    [Parameter, EditorRequired]
    public required SessionDetails Session { get; set; }

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    private DateTimeOffset? Time =>
        DateTimeOffset.TryParse(_time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time) ? time : null;

    private CursorTarget? Target => _place switch
    {
        CursorPlace.End => new CursorTarget { ToEnd = true },
        CursorPlace.Front => new CursorTarget { Offset = 0 },
        CursorPlace.Offset when _offset >= 0 => new CursorTarget { Offset = _offset },
        CursorPlace.Time when Time is { } time => new CursorTarget { Time = time },
        _ => null,
    };

    /// <inheritdoc/>
    protected override void OnInitialized() => _offset = Session.Cursor;

    private async Task MoveAsync()
    {
        if (Target is not { } target)
        {
            return;
        }

        _isBusy = true;
        _failure = null;
        try
        {
            CursorMoved moved = await Broker.Admin.Sessions.MoveCursorAsync(Caller, Session.ClientId, target, Gone);
            Snackbar.Add(S["Moved", Format.Number(moved.Before), Format.Number(moved.Cursor)], Severity.Success);
            Dialog.Close(DialogResult.Ok(true));
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
        }
        finally
        {
            _isBusy = false;
        }
    }
}
