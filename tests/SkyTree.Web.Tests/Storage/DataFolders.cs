namespace SkyTree.Web.Tests.Storage;

/// <summary>A place for a test's data folders and files, gone with the test.</summary>
internal sealed class DataFolders : IDisposable
{
    private readonly string _place = Directory.CreateTempSubdirectory("skytree-ops-").FullName;

    /// <summary>A path in it; nothing is made.</summary>
    public string this[string name] => Path.Combine(_place, name);

    public void Dispose() => Directory.Delete(_place, recursive: true);
}
