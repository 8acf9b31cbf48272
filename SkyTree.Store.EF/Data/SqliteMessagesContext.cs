using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace SkyTree.Store.EF.Data;

/// <summary>The tables in SQLite.</summary>
internal sealed class SqliteMessagesContext(DbContextOptions<SqliteMessagesContext> options) : MessagesContext(options)
{
    public static void Configure(DbContextOptionsBuilder builder, string connectionString) =>
        builder.UseSqlite(connectionString, sqlite => sqlite.MigrationsHistoryTable(MigrationsTable));

    /// <summary>For <c>dotnet ef migrations add</c>, which opens no connection.</summary>
    internal sealed class DesignTimeFactory : IDesignTimeDbContextFactory<SqliteMessagesContext>
    {
        public SqliteMessagesContext CreateDbContext(string[] args)
        {
            DbContextOptionsBuilder<SqliteMessagesContext> builder = new();
            Configure(builder, "Data Source=unused.db");
            return new SqliteMessagesContext(builder.Options);
        }
    }
}
