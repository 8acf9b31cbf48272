using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace SkyTree.Store.EF.Data;

/// <summary>The tables in MySQL or MariaDB.</summary>
internal sealed class MySqlMessagesContext(DbContextOptions<MySqlMessagesContext> options) : MessagesContext(options)
{
    public static void Configure(DbContextOptionsBuilder builder, string connectionString, ServerVersion version) =>
        builder.UseMySql(connectionString, version, mySql => mySql.MigrationsHistoryTable(MigrationsTable));

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);

        // Only our own columns: the database and its defaults are its administrator's.
        modelBuilder.HasCharSet(null, DelegationModes.ApplyToDatabases);

        // Binary collation: nothing is folded, whatever the server's default is.
        modelBuilder.Entity<MessageRow>(message =>
        {
            message.Property(m => m.PublisherId).HasColumnType("mediumtext").HasCharSet("utf8mb4").UseCollation("utf8mb4_bin");
            message.Property(m => m.Properties).HasColumnType("longblob");
            message.Property(m => m.Payload).HasColumnType("longblob");
        });
        modelBuilder.Entity<TopicRow>(topic =>
        {
            topic.Property(t => t.Topic).HasColumnType("mediumtext").HasCharSet("utf8mb4").UseCollation("utf8mb4_bin");
            topic.Property(t => t.Hash).HasColumnType("binary(32)");
            topic.Property(t => t.SortKey).HasColumnType("varbinary(512)");
        });
    }

    /// <summary>For <c>dotnet ef migrations add</c>, which opens no connection.</summary>
    internal sealed class DesignTimeFactory : IDesignTimeDbContextFactory<MySqlMessagesContext>
    {
        public MySqlMessagesContext CreateDbContext(string[] args)
        {
            DbContextOptionsBuilder<MySqlMessagesContext> builder = new();
            Configure(builder, "Server=unused", new MariaDbServerVersion(new Version(10, 6)));
            return new MySqlMessagesContext(builder.Options);
        }
    }
}
