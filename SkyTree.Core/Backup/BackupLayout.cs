namespace SkyTree.Core.Backup;

/// <summary>
/// The names within a backup's archive: a tar of <c>state/…</c> (the files of the embedded database's checkpoint),
/// <c>messages/…</c> (those of an external store, in pieces) and <c>manifest.json</c>, compressed with gzip.
/// </summary>
internal static class BackupLayout
{
    public const string StateFolder = "state";
    public const string MessagesFolder = "messages";
    public const string Manifest = "manifest.json";

    /// <summary>Whether a name can be an entry's: of one of the two folders, and nothing that leads out of it.</summary>
    public static bool IsEntry(string name)
    {
        string[] parts = name.Split('/');
        return parts is [StateFolder or MessagesFolder, { Length: > 0 } file]
            && file is not ("." or "..")
            && file.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
    }

    /// <summary>Files that an open database has beside its data.</summary>
    public static bool IsData(string file) => file != "LOCK" && file != "skytree.lock" && !file.StartsWith("LOG", StringComparison.Ordinal);
}
