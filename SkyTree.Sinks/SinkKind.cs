namespace SkyTree.Sinks;

/// <summary>The sinks that come with the broker.</summary>
public enum SinkKind
{
    /// <summary>Posts batches to a web server, signed.</summary>
    Webhook,

    /// <summary>Appends lines of JSON to files.</summary>
    File,

    /// <summary>Inserts rows into a table of MySQL, MariaDB or SQLite.</summary>
    Sql,
}
