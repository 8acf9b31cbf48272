namespace SkyTree.Cli.Output;

/// <summary>Standard error: one line for each thing that people should know.</summary>
internal static class ErrorLine
{
    /// <summary>Writes a line, whatever the text holds.</summary>
    public static Task WriteAsync(string text) => Console.Error.WriteLineAsync($"skytree: {Cells.Printable(text)}");
}
