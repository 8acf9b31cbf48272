using SkyTree.Core.Messages;

namespace SkyTree.AspNetCore.Storage;

/// <summary>Where messages are stored, and how (<c>SkyTree:Store</c>).</summary>
internal sealed record StoreSettings : StoreOptions
{
    /// <summary>The store.</summary>
    public StoreProvider Provider { get; init; } = StoreProvider.RocksDb;

    /// <summary>How the database is reached: a connection string of MySQL, SQLite or Redis. SQLite without one uses a file in the data folder.</summary>
    public string Connection { get; init; } = "";

    /// <summary>A file whose first line is the connection string, so that no password stands in the configuration.</summary>
    public string ConnectionPath { get; init; } = "";

    /// <summary>The store that messages are moved from while the broker serves; without a provider nothing is moved.</summary>
    public MigrationSettings MigrateFrom { get; init; } = new();

    /// <summary>
    /// Opens an embedded database whose log is damaged as far as it is whole. What was written after the damage is lost; the log says how much.
    /// </summary>
    public bool SalvageDamagedLog { get; init; }

    /// <summary>What <see cref="Connection"/> or <see cref="ConnectionPath"/> says.</summary>
    internal string ConnectionString => MigrationSettings.Read(Connection, ConnectionPath);

    /// <summary>Checks what a single value's type and range cannot say.</summary>
    internal void Validate(Configuration.ConfigurationErrors errors)
    {
        const string Section = "SkyTree:Store";
        Core.Messages.Retention.RetentionRule.Validate(Retention, $"{Section}:Retention", errors.Lines);
        Core.Sessions.Limits.QueueLimits.Validate(QueueLimits, $"{Section}:QueueLimits", errors.Lines);
        DurabilityRule.Validate(DurabilityRules, $"{Section}:DurabilityRules", errors.Lines);
        Validate(Section, Provider, Connection, ConnectionPath, ConnectionString, errors);
        if (MigrateFrom.Provider is { } from)
        {
            Validate($"{Section}:MigrateFrom", from, MigrateFrom.Connection, MigrateFrom.ConnectionPath, MigrateFrom.ConnectionString, errors);
            if (from == StoreProvider.Memory || Provider == StoreProvider.Memory)
            {
                errors.Add($"{Section}:MigrateFrom:Provider", "what is in Memory is gone with the process; messages move between the other stores only");
            }
            else if (from == Provider && MigrateFrom.ConnectionString == ConnectionString)
            {
                errors.Add($"{Section}:MigrateFrom:Provider", $"messages are to move from {from} to itself");
            }
        }
    }

    private static void Validate(string section, StoreProvider provider, string connection, string path, string text, Configuration.ConfigurationErrors errors)
    {
        if (connection.Length > 0 && path.Length > 0)
        {
            errors.Add($"{section}:ConnectionPath", "give the connection string here or in Connection, not twice");
        }
        else if (path.Length > 0 && !File.Exists(path))
        {
            errors.Add($"{section}:ConnectionPath", $"file '{path}' does not exist");
        }
        else if (provider is StoreProvider.MySql or StoreProvider.Redis && text.Length == 0)
        {
            errors.Add($"{section}:Connection", $"{provider} needs a connection string, for example {ExampleOf(provider)}");
        }
        else if (provider is StoreProvider.RocksDb or StoreProvider.Memory && text.Length > 0)
        {
            errors.Add($"{section}:Connection", $"{provider} takes no connection string; is {section}:Provider (--store) missing?");
        }
    }

    private static string ExampleOf(StoreProvider provider) => provider == StoreProvider.Redis
        ? "localhost:6379"
        : "Server=localhost;Database=skytree;User=skytree;Password=...";
}
