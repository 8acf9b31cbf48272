namespace SkyTree.Crash.Tests.Processes;

/// <summary>The end of a file, for a failure's message.</summary>
internal static class LogTail
{
    private const int Lines = 40;

    public static string Of(string path) => File.Exists(path) ? string.Join('\n', File.ReadLines(path).TakeLast(Lines)) : $"{path} is not there";
}
