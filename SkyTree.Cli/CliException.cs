namespace SkyTree.Cli;

/// <summary>Why a command was not done, in one line for people.</summary>
/// <param name="exitCode">One of <see cref="ExitCode"/>.</param>
/// <param name="message">What is wrong and what can be done.</param>
/// <param name="innerException">What has caused it.</param>
internal sealed class CliException(int exitCode, string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>What the program ends with.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>The command line makes no sense.</summary>
    public static CliException Usage(string message) => new(Cli.ExitCode.Usage, message);

    /// <summary>It could not be done.</summary>
    public static CliException Refused(string message, Exception? innerException = null) => new(Cli.ExitCode.Refused, message, innerException);

    /// <summary>The server cannot be reached.</summary>
    public static CliException Unreachable(string message, Exception? innerException = null) => new(Cli.ExitCode.Unreachable, message, innerException);
}
