namespace SkyTree.Store.Redis.Layout;

/// <summary>
/// The scripts that the server runs. It runs one at a time and writes what one changed to its log as a whole, so a script is
/// a transaction. What each takes and returns is said in its file.
/// </summary>
internal static class Scripts
{
    public static readonly string Append = Load("append.lua");

    public static readonly string ReadQueue = Load("read-queue.lua");

    public static readonly string DeleteQueue = Load("delete-queue.lua");

    public static readonly string DeleteLog = Load("delete-log.lua");

    public static readonly string Summarize = Load("summarize.lua");

    private static string Load(string file)
    {
        using Stream stream = typeof(Scripts).Assembly.GetManifestResourceStream(file)
            ?? throw new InvalidOperationException($"The script {file} is missing from the program.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
