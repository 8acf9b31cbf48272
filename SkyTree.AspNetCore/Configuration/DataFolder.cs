namespace SkyTree.AspNetCore.Configuration;

/// <summary>The folder of what the broker keeps.</summary>
internal static class DataFolder
{
    /// <summary>Makes the folder if it is not there, and tries to write in it: better now than with the first message.</summary>
    /// <exception cref="StartUpException">It cannot be made or written.</exception>
    public static void Prepare(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            using FileStream probe = new(
                Path.Combine(folder, $".write-test-{Environment.ProcessId}"),
                new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose });
            probe.WriteByte(0);
            probe.Flush();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartUpException([$"SkyTree:Data: '{folder}' cannot be written: {exception.Message.ReplaceLineEndings(" ")}"]);
        }
    }
}
