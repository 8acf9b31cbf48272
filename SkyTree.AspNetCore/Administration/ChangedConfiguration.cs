using System.Text.Json;
using SkyTree.AspNetCore.Configuration;
using SkyTree.Core.Backup;

namespace SkyTree.AspNetCore.Administration;

/// <summary>
/// Values that people have changed while the program ran: the last source, so they count more than all others. They are kept in
/// <c>settings.json</c> in the data folder, and are there at the next start.
/// </summary>
/// <param name="path">The file; it need not be there.</param>
internal sealed class ChangedConfiguration(string path) : ConfigurationProvider, IConfigurationSource
{
    /// <summary>The file's name in the data folder.</summary>
    public const string FileName = "settings.json";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Rises with each change.</summary>
    public long Version { get; private set; }

    /// <summary>What is changed now, by key.</summary>
    public IReadOnlyDictionary<string, string?> Values => (Dictionary<string, string?>)Data;

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    /// <summary>Reads the file.</summary>
    /// <exception cref="StartUpException">It cannot be read.</exception>
    public override void Load()
    {
        Data = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        if (!File.Exists(path))
        {
            return;
        }

        try
        {
            Content content = JsonSerializer.Deserialize<Content>(File.ReadAllBytes(path), s_json) ?? throw new JsonException("It is empty.");
            Version = content.Version;
            Data = new Dictionary<string, string?>(content.Values, StringComparer.OrdinalIgnoreCase);
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartUpException([$"{path}: what was changed while the program ran cannot be read: {exception.Message.ReplaceLineEndings(" ")} Without the file all is as it was configured."]);
        }
    }

    /// <summary>Replaces what is changed, on the disk first, and has whoever reads it told.</summary>
    /// <param name="values">All that is to be changed, by key.</param>
    /// <exception cref="IOException">It could not be written; nothing has changed.</exception>
    public void Replace(IReadOnlyDictionary<string, string?> values)
    {
        string written = path + ".new";
        using (FileStream file = new(written, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            JsonSerializer.Serialize(file, new Content(Version + 1, new SortedDictionary<string, string?>(values.ToDictionary(), StringComparer.Ordinal)), s_json);
            file.Flush(flushToDisk: true);
        }

        File.Move(written, path, overwrite: true);
        FolderSync.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Version++;

        // Readers have the old ones or the new ones, never a dictionary that is being changed.
        Data = new Dictionary<string, string?>(values, StringComparer.OrdinalIgnoreCase);
        OnReload();
    }

    private sealed record Content(long Version, IDictionary<string, string?> Values);
}
