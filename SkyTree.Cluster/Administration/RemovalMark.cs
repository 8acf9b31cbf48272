namespace SkyTree.Cluster.Administration;

/// <summary>A file in a node's folder that says that the cluster has removed it: it must not come back as what it was.</summary>
/// <param name="folder">The folder of its log.</param>
internal sealed class RemovalMark(string folder)
{
    private readonly string _file = Path.Combine(folder, "removed");

    /// <summary>Whether it is there.</summary>
    public bool Exists => File.Exists(_file);

    /// <summary>Puts it there.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Write()
    {
        using FileStream stream = new(_file, FileMode.OpenOrCreate, FileAccess.Write);
        stream.Flush(flushToDisk: true);
    }
}
