namespace SkyTree.Store.Redis.Layout;

/// <summary>
/// The scripts that the server runs, one at a time. What each takes and returns is said in its file.
/// </summary>
/// <remarks>
/// A change takes two: one stages it with a single command, <see cref="Apply"/> carries it out. The server's log has what a
/// script did between MULTI and EXEC; a server that dies while it writes that may keep the beginning, and Redis 7.0 and others
/// run it together with the next EXEC, unseen until they start once more. Nothing is staged before what was staged earlier is
/// applied, so such a beginning is followed by the same commands in whole, of which each sets what shall be. A single command
/// is kept whole or not at all. Applying is more than one, so it ends with an EXEC that lets what was staged run.
/// </remarks>
internal static class Scripts
{
    public static readonly string Append = Load("append.lua");

    public static readonly string Apply = Load("apply.lua");

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
