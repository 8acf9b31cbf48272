using SkyTree.Cli.Connection;

namespace SkyTree.Cli.Commands;

/// <summary>Answers that become files, which only their user can read.</summary>
internal static class Download
{
    /// <summary>Writes an answer to a file: all of it, or there is none.</summary>
    /// <param name="context">The command.</param>
    /// <param name="response">The answer.</param>
    /// <param name="file">Where to.</param>
    /// <param name="overwrite">Whether a file of this name gives way.</param>
    /// <returns>Its length in bytes.</returns>
    /// <exception cref="CliException">There is a file of this name, or the answer was cut off.</exception>
    public static async Task<long> WriteAsync(CommandContext context, HttpResponseMessage response, string file, bool overwrite)
    {
        if (!overwrite && Path.Exists(file))
        {
            throw CliException.Refused($"{file} is there already");
        }

        string part = $"{file}.{Environment.ProcessId}.part";
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            long length;
            await using (FileStream output = new(part, options))
            {
                await using Stream body = await response.Content.ReadAsStreamAsync(context.Cancellation);
                await CopyAsync(body, output, context);
                output.Flush(flushToDisk: true);
                length = output.Length;
            }

            File.Move(part, file, overwrite);
            return length;
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static async Task CopyAsync(Stream body, FileStream output, CommandContext context)
    {
        byte[] buffer = new byte[81_920];
        while (true)
        {
            int read;
            try
            {
                read = await body.ReadAsync(buffer, context.Cancellation);
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException)
            {
                throw CliException.Unreachable($"{context.Api.Target.Server} has cut the answer off: {exception.Message}", exception);
            }

            if (read == 0)
            {
                return;
            }

            await output.WriteAsync(buffer.AsMemory(0, read), context.Cancellation);
        }
    }
}
