using System.ComponentModel.DataAnnotations;

namespace SkyTree.Sinks.Files;

/// <summary>Files that messages are appended to (<c>SkyTree:Sinks:{name}:File</c>).</summary>
public sealed record FileSinkOptions
{
    /// <summary>The folder, which nobody else writes to; empty: <c>sinks/{name}</c> in the data folder.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Megabytes after which the next file begins, 1 to 1,048,576; a batch is never divided.</summary>
    [Range(1, 1_048_576)]
    public int MaximumMegabytes { get; init; } = 64;

    /// <summary>Whether each day, in UTC, begins a file.</summary>
    public bool Daily { get; init; } = true;

    /// <summary>Files that are kept, the one that is written included, 0 to 1,000,000; 0: all.</summary>
    [Range(0, 1_000_000)]
    public int KeepFiles { get; init; }

    internal void Validate(string section, Action<string, string> mistake)
    {
        if (Folder.Length > 0 && System.IO.File.Exists(Folder))
        {
            mistake($"{section}:Folder", $"'{Folder}' is a file, a folder is needed");
        }
    }
}
