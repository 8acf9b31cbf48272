namespace SkyTree.Crash.Tests.Processes;

/// <summary>The end of a file, for a failure's message.</summary>
internal static class LogTail
{
    private const int Lines = 40;
    private const int LineLength = 400; // exceptions are told in one line

    public static string Of(string path) => File.Exists(path) ? string.Join('\n', File.ReadLines(path).TakeLast(Lines).Select(line => line.Length <= LineLength ? line : line[..LineLength] + "…")) : $"{path} is not there";
}
