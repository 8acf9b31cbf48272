using Microsoft.AspNetCore.Components.Forms;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Users;

namespace SkyTree.AspNetCore.Portal.Users;

/// <summary>Takes over many users from a CSV, after saying what that would change.</summary>
public sealed partial class UserImportDialog
{
    private const int LargestFile = 32 * 1024 * 1024;
    private const int LongestShown = 64 * 1024;
    private const int Portion = 100;

    private string _text = "";
    private string? _mistake;
    private UserImportPreview? _preview;
    private UserImportResult? _result;
    private bool _isImporting;
    private int _done;

    private async Task ReadFileAsync(InputFileChangeEventArgs change)
    {
        try
        {
            await using Stream file = change.File.OpenReadStream(LargestFile, Gone);
            using var reader = new StreamReader(file);
            string text = await reader.ReadToEndAsync(Gone);
            // A browser does not edit megabytes with pleasure.
            Look(text);
            _text = text.Length <= LongestShown ? text : "";
        }
        catch (IOException)
        {
            (_preview, _mistake) = (null, T["Users.ImportTooLarge", Shared.Format.Bytes(LargestFile)]);
        }
    }

    private void Look(string? text)
    {
        _text = text ?? "";
        (_preview, _mistake) = (null, null);
        if (string.IsNullOrWhiteSpace(_text))
        {
            return;
        }

        try
        {
            using var reader = new StringReader(_text);
            _preview = UserImportPreview.Of(UserCsv.Read(reader), Find);
        }
        catch (AdminException exception)
        {
            _mistake = exception.Message;
        }
    }

    private DeviceUser? Find(string name)
    {
        try
        {
            return Broker.Admin.Users.Get(Caller, name);
        }
        catch (AdminException exception) when (exception.Error == AdminError.NotFound)
        {
            return null;
        }
    }

    private string Changes(UserReplacement replaced)
    {
        List<string> changes = [T["Users.NewPassword"]];
        if (replaced.LosesPassword)
        {
            changes[0] = T["Users.LosesPassword"];
        }

        changes.AddRange(replaced.Added.Select(group => "+" + group));
        changes.AddRange(replaced.Removed.Select(group => "−" + group));
        if (replaced.Disabled is { } disabled)
        {
            changes.Add(T[disabled ? "Users.Disabled" : "Users.Admitted"]);
        }

        return string.Join(", ", changes);
    }

    // The first press imports; when something was wrong with a user, that is shown and the second one closes.
    private async Task<object> ActAsync()
    {
        if (_result is not null)
        {
            return _result;
        }

        List<UserImportMistake> mistakes = [];
        int imported = 0;
        _isImporting = true;
        try
        {
            foreach (UserImport[] portion in _preview!.Users.Chunk(Portion))
            {
                UserImportResult part = await Broker.Admin.Users.ImportAsync(Caller, portion, cancellationToken: Gone);
                imported += part.Imported;
                int before = _done;
                mistakes.AddRange(part.Mistakes.Select(mistake => mistake with { Place = mistake.Place + before }));
                _done += portion.Length;
                StateHasChanged();
            }
        }
        finally
        {
            _isImporting = false;
            _done = 0;
        }

        _result = new UserImportResult(imported, mistakes);
        return mistakes.Count == 0 ? _result : throw new AdminException(AdminError.Invalid, "some_not_imported", T["Users.SomeNotImported"]);
    }
}
