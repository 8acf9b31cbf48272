using System.Text.Json;
using SkyTree.AspNetCore.Configuration;
using SkyTree.Core.Backup;

namespace SkyTree.AspNetCore.Administration;

/// <summary>
/// A backup that takes the place of what the broker keeps at its next start. It lies unpacked and checked in the data folder's
/// <c>restore</c>; the note beside it says that it is whole. What it replaces is kept there, until the next one.
/// </summary>
/// <param name="data">The data folder.</param>
internal sealed class StagedRestore(string data)
{
    private const string NoteFile = "staged.json";
    private const string NewFolder = "new";
    private const string PreviousFolder = "previous";
    private const string LockFile = "skytree.lock"; // of the embedded database

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private string Folder => Path.Combine(data, "restore");

    private string NotePath => Path.Combine(Folder, NoteFile);

    private string StatePath => Path.Combine(data, Storage.Storage.StateFolder);

    /// <summary>Where a backup is unpacked.</summary>
    public string NewPath => Path.Combine(Folder, NewFolder);

    /// <summary>Where a backup is received.</summary>
    public string UploadPath => Path.Combine(Folder, "upload");

    /// <summary>What is staged; null: nothing.</summary>
    public RestoreNote? Find() => File.Exists(NotePath) ? JsonSerializer.Deserialize<RestoreNote>(File.ReadAllBytes(NotePath), s_json) : null;

    /// <summary>Makes room for a backup to be received.</summary>
    public void Begin()
    {
        Directory.CreateDirectory(Folder);
        Discard();
    }

    /// <summary>What has been unpacked takes effect at the next start.</summary>
    /// <param name="note">What it is.</param>
    public void Commit(RestoreNote note)
    {
        FolderSync.Flush(NewPath);
        string written = NotePath + ".new";
        using (FileStream file = new(written, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            JsonSerializer.Serialize(file, note, s_json);
            file.Flush(flushToDisk: true);
        }

        File.Move(written, NotePath, overwrite: true);
        FolderSync.Flush(Folder);
    }

    /// <summary>Forgets what was received and staged.</summary>
    public void Discard()
    {
        File.Delete(NotePath);
        File.Delete(UploadPath);
        if (Directory.Exists(NewPath))
        {
            Directory.Delete(NewPath, recursive: true);
        }
    }

    /// <summary>Puts what is staged in place; goes on where a process before was ended. Before anything of the folder is opened.</summary>
    /// <returns>What was put in place; null: nothing.</returns>
    /// <exception cref="StartUpException">It cannot be; what is there is as it was.</exception>
    public RestoreNote? Apply()
    {
        try
        {
            if (Find() is not { } note)
            {
                return null;
            }

            string staged = Path.Combine(NewPath, Storage.Storage.StateFolder);
            if (Directory.Exists(staged))
            {
                RequireNobody();
                Replace(staged);
            }

            File.Delete(NotePath);
            FolderSync.Flush(Folder);
            Discard();
            return note;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new StartUpException([$"{Folder}: the backup that is staged there cannot be put in place: {exception.Message.ReplaceLineEndings(" ")} Remove that folder to start without it."]);
        }
    }

    private void Replace(string staged)
    {
        string previous = Path.Combine(Folder, PreviousFolder);
        if (Directory.Exists(StatePath))
        {
            // Either this is the first attempt, or one was ended before it: then what it kept was this.
            if (Directory.Exists(previous))
            {
                Directory.Delete(previous, recursive: true);
            }

            Directory.Move(StatePath, previous);
            FolderSync.Flush(data);
            FolderSync.Flush(Folder);
        }

        Directory.Move(staged, StatePath);
        FolderSync.Flush(NewPath);
        FolderSync.Flush(data);
    }

    // A broker that runs on the folder must not have it pulled away.
    private void RequireNobody()
    {
        string path = Path.Combine(StatePath, LockFile);
        if (File.Exists(path))
        {
            using FileStream own = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
    }
}

/// <summary>A backup that is staged.</summary>
/// <param name="StagedAt">When it was.</param>
/// <param name="StagedBy">By whom.</param>
/// <param name="Backup">What is in it.</param>
internal sealed record RestoreNote(DateTimeOffset StagedAt, string StagedBy, RestoreContent Backup)
{
    /// <summary>The same for the audit log.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Text => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);
}

/// <summary>What is in a backup.</summary>
/// <param name="CreatedAt">When it was begun.</param>
/// <param name="ProductVersion">The version of the program that wrote it.</param>
/// <param name="Store">The store that held its messages.</param>
/// <param name="LastOffset">The highest offset of a stored message; what came later is not in it.</param>
/// <param name="Sessions">Sessions.</param>
/// <param name="Messages">Stored messages.</param>
internal sealed record RestoreContent(DateTimeOffset CreatedAt, string ProductVersion, string Store, long LastOffset, long Sessions, long Messages)
{
    public static RestoreContent Of(BackupManifest manifest) =>
        new(manifest.CreatedAt, manifest.ProductVersion, manifest.Store, manifest.LastOffset, manifest.Sessions, manifest.EmbeddedMessages + manifest.ExportedMessages);
}
