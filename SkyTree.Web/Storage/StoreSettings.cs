using SkyTree.Core.Messages;

namespace SkyTree.Web.Storage;

/// <summary>Where messages are stored, and how (<c>SkyTree:Store</c>).</summary>
internal sealed record StoreSettings : StoreOptions
{
    /// <summary>The store.</summary>
    public StoreProvider Provider { get; init; } = StoreProvider.RocksDb;

    /// <summary>How the database is reached: a connection string of MySQL, SQLite or Redis. SQLite without one uses a file in the data folder.</summary>
    public string Connection { get; init; } = "";

    /// <summary>A file whose first line is the connection string, so that no password stands in the configuration.</summary>
    public string ConnectionPath { get; init; } = "";

    /// <summary>
    /// Opens an embedded database whose log is damaged as far as it is whole. What was written after the damage is lost; the log says how much.
    /// </summary>
    public bool SalvageDamagedLog { get; init; }

    /// <summary>What <see cref="Connection"/> or <see cref="ConnectionPath"/> says.</summary>
    internal string ConnectionString => ConnectionPath.Length > 0 ? File.ReadLines(ConnectionPath).FirstOrDefault("").Trim() : Connection;

    /// <summary>Checks what a single value's type and range cannot say.</summary>
    internal void Validate(Configuration.ConfigurationErrors errors)
    {
        const string Section = "SkyTree:Store";
        Core.Messages.Retention.RetentionRule.Validate(Retention, $"{Section}:Retention", errors.Lines);
        Core.Sessions.Limits.QueueLimits.Validate(QueueLimits, $"{Section}:QueueLimits", errors.Lines);
        DurabilityRule.Validate(DurabilityRules, $"{Section}:DurabilityRules", errors.Lines);
        if (Connection.Length > 0 && ConnectionPath.Length > 0)
        {
            errors.Add($"{Section}:ConnectionPath", "give the connection string here or in Connection, not twice");
        }
        else if (ConnectionPath.Length > 0 && !File.Exists(ConnectionPath))
        {
            errors.Add($"{Section}:ConnectionPath", $"file '{ConnectionPath}' does not exist");
        }
        else if (Provider is StoreProvider.MySql or StoreProvider.Redis && ConnectionString.Length == 0)
        {
            errors.Add($"{Section}:Connection", $"{Provider} needs a connection string, for example {Example}");
        }
        else if (Provider is StoreProvider.RocksDb or StoreProvider.Memory && ConnectionString.Length > 0)
        {
            errors.Add($"{Section}:Connection", $"{Provider} takes no connection string; is {Section}:Provider (--store) missing?");
        }
    }

    private string Example => Provider == StoreProvider.Redis
        ? "localhost:6379"
        : "Server=localhost;Database=skytree;User=skytree;Password=...";
}
