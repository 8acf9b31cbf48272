namespace SkyTree.Web.Commands;

/// <summary>What the program does.</summary>
internal enum ProgramCommand
{
    /// <summary>Runs the broker.</summary>
    Serve,

    /// <summary>Writes a backup.</summary>
    Backup,

    /// <summary>Restores a backup.</summary>
    Restore,

    /// <summary>Moves messages to another store.</summary>
    Migrate,
}
