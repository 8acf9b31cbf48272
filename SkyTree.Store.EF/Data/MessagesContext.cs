using Microsoft.EntityFrameworkCore;

namespace SkyTree.Store.EF.Data;

/// <summary>The tables. Each provider derives its own, because each has its own migrations.</summary>
internal abstract class MessagesContext(DbContextOptions options) : DbContext(options)
{
    public const string MigrationsTable = "skytree_migrations";

    public DbSet<MessageRow> Messages => Set<MessageRow>();

    public DbSet<TopicRow> Topics => Set<TopicRow>();

    public DbSet<LogRow> Log => Set<LogRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<MessageRow>(message =>
        {
            message.ToTable("skytree_messages");
            message.HasKey(m => m.Offset);
            message.Property(m => m.Offset).HasColumnName("log_offset").ValueGeneratedNever();
            message.Property(m => m.TopicId).HasColumnName("topic_id");
            message.Property(m => m.TimestampMs).HasColumnName("timestamp_ms");
            message.Property(m => m.ClockMs).HasColumnName("clock_ms");
            message.Property(m => m.ExpiresAtMs).HasColumnName("expires_at_ms");
            message.Property(m => m.QoS).HasColumnName("qos");
            message.Property(m => m.Retain).HasColumnName("retain");
            message.Property(m => m.PublisherId).HasColumnName("publisher_id");
            message.Property(m => m.Properties).HasColumnName("properties");
            message.Property(m => m.Payload).HasColumnName("payload");
            message.Property(m => m.ByteCount).HasColumnName("byte_count");
            message.HasIndex(m => new { m.TopicId, m.Offset }).IsUnique().HasDatabaseName("ix_skytree_messages_topic");
            message.HasIndex(m => new { m.ClockMs, m.Offset }).IsUnique().HasDatabaseName("ix_skytree_messages_clock");
        });

        modelBuilder.Entity<TopicRow>(topic =>
        {
            topic.ToTable("skytree_topics");
            topic.HasKey(t => t.Id);
            topic.Property(t => t.Id).HasColumnName("id").ValueGeneratedNever();
            topic.Property(t => t.Hash).HasColumnName("topic_hash").HasMaxLength(TopicKey.HashLength).IsFixedLength();
            topic.Property(t => t.Topic).HasColumnName("topic");
            topic.Property(t => t.SortKey).HasColumnName("sort_key").HasMaxLength(TopicKey.SortKeyLength);
            topic.Property(t => t.MessageCount).HasColumnName("message_count");
            topic.Property(t => t.ByteCount).HasColumnName("byte_count");
            topic.Property(t => t.LastOffset).HasColumnName("last_offset");
            topic.HasIndex(t => t.Hash).IsUnique().HasDatabaseName("ix_skytree_topics_hash");
            topic.HasIndex(t => t.SortKey).HasDatabaseName("ix_skytree_topics_sort_key");
        });

        modelBuilder.Entity<LogRow>(log =>
        {
            log.ToTable("skytree_log");
            log.HasKey(l => l.Id);
            log.Property(l => l.Id).HasColumnName("id").ValueGeneratedNever();
            log.Property(l => l.LastOffset).HasColumnName("last_offset");
            log.Property(l => l.ClockMs).HasColumnName("clock_ms");
            log.HasData(new LogRow { Id = 1 });
        });
    }
}
