namespace SkyTree.Sinks.Sql;

/// <summary>A table that messages are inserted into (<c>SkyTree:Sinks:{name}:Sql</c>).</summary>
public sealed record SqlSinkOptions
{
    /// <summary>The kind of database.</summary>
    public SqlSinkProvider Provider { get; init; } = SqlSinkProvider.MySql;

    /// <summary>The connection string; with a password better in the file that <see cref="ConnectionPath"/> names.</summary>
    public string Connection { get; init; } = "";

    /// <summary>A file whose first line is the connection string.</summary>
    public string ConnectionPath { get; init; } = "";

    /// <summary>The table, of the columns that <c>docs/sinks.md</c> lists.</summary>
    public string Table { get; init; } = "mqtt_messages";

    /// <summary>Whether the table is made if it is not there.</summary>
    public bool CreateTable { get; init; }

    /// <summary>
    /// What is executed for each message in place of inserting into <see cref="Table"/>, with the parameters that <c>docs/sinks.md</c> lists,
    /// such as <c>@topic</c>. It should bear being executed again for the same message.
    /// </summary>
    public string Statement { get; init; } = "";

    internal void Validate(string section, Action<string, string> mistake)
    {
        SecretFile.Validate(section, nameof(Connection), Connection, ConnectionPath, mistake);
        if (Connection.Length == 0 && ConnectionPath.Length == 0)
        {
            mistake($"{section}:Connection", "a connection string is needed, or the file of one in ConnectionPath");
        }
        else if (ConnectionPath.Length == 0 || System.IO.File.Exists(ConnectionPath))
        {
            ValidateConnection(section, mistake);
        }

        if (Statement.Length == 0 && !SqlText.IsTableName(Table))
        {
            mistake($"{section}:Table", $"'{Table}' is no table's name: it consists of letters, digits and '_', with a schema's name and a dot in front if need be");
        }

        if (Statement.Length > 0 && CreateTable)
        {
            mistake($"{section}:CreateTable", "a Statement knows its own table, which is not made");
        }
    }

    private void ValidateConnection(string section, Action<string, string> mistake)
    {
        try
        {
            SqlText.Builder(Provider, SecretFile.Read(Connection, ConnectionPath));
        }
        catch (ArgumentException exception)
        {
            // Of the connection string itself nothing is shown: it may hold a password.
            mistake($"{section}:Connection", $"is not a connection string of {Provider}: {exception.Message}");
        }
    }
}

/// <summary>Kinds of databases with tables of messages.</summary>
public enum SqlSinkProvider
{
    /// <summary>MySQL or MariaDB.</summary>
    MySql,

    /// <summary>SQLite.</summary>
    Sqlite,
}
