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

    /// <summary>Checks the options.</summary>
    Check,

    /// <summary>Gives an admin account a new password.</summary>
    ResetPassword,

    /// <summary>Asks the node that runs on the data folder, or has it do something.</summary>
    Cluster,
}
