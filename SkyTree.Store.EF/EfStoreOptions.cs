namespace SkyTree.Store.EF;

/// <summary>Which database holds the messages, and how it is reached.</summary>
public sealed record EfStoreOptions
{
    /// <summary>The kind of database.</summary>
    public required EfProvider Provider { get; init; }

    /// <summary>
    /// The provider's own connection string, such as <c>Data Source=data/messages.db</c> or
    /// <c>Server=localhost;Database=skytree;User=skytree;Password=…</c>. Directories and the database are created when
    /// they are missing and the user may do so. A SQLite database must be a file: it is opened more than once.
    /// </summary>
    /// <remarks>
    /// A MySQL server's <c>max_allowed_packet</c> (16 MiB in MariaDB unless set) must exceed twice the largest message.
    /// </remarks>
    public required string ConnectionString { get; init; }
}
