namespace SkyTree.Cluster;

/// <summary>A node's identity: it stays with its data folder.</summary>
internal static class NodeIdentity
{
    private const string FileName = "node-id";

    /// <summary>Reads it from the data folder; makes one where there is none.</summary>
    /// <exception cref="IOException">The file cannot be read or written, or is not one.</exception>
    public static Guid ReadOrCreate(string dataFolder)
    {
        string file = Path.Combine(dataFolder, FileName);
        if (File.Exists(file))
        {
            return Guid.TryParseExact(File.ReadAllText(file).Trim(), "N", out Guid found) && found != Guid.Empty
                ? found
                : throw new IOException($"{file} does not hold a node's identity.");
        }

        var id = Guid.NewGuid();
        string written = file + ".new";
        using (FileStream stream = new(written, FileMode.Create, FileAccess.Write))
        {
            stream.Write(System.Text.Encoding.ASCII.GetBytes($"{id:N}\n"));
            stream.Flush(flushToDisk: true);
        }

        File.Move(written, file, overwrite: true);
        return id;
    }
}
