namespace SkyTree.Cli;

/// <summary>What the program ends with; scripts rely on it.</summary>
internal static class ExitCode
{
    /// <summary>It was done.</summary>
    public const int Done = 0;

    /// <summary>The server has refused, a file could not be read or written, or what was checked is not well.</summary>
    public const int Refused = 1;

    /// <summary>The command line makes no sense, or nobody has said who they are.</summary>
    public const int Usage = 2;

    /// <summary>The server cannot be reached, or is not who it should be.</summary>
    public const int Unreachable = 3;
}
