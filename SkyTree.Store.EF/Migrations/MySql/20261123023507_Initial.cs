using Microsoft.EntityFrameworkCore.Migrations;

namespace SkyTree.Store.EF.Migrations.MySql;

/// <summary>
/// The tables that the model snapshot describes, as SQL: MySQL commits after every statement, so a process killed between
/// two of them must be able to begin again.
/// </summary>
internal sealed partial class Initial : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.Sql("""
            CREATE TABLE IF NOT EXISTS skytree_log (
              id INT NOT NULL PRIMARY KEY,
              last_offset BIGINT NOT NULL,
              clock_ms BIGINT NOT NULL
            ) ENGINE = InnoDB;
            """);
        migrationBuilder.Sql("INSERT IGNORE INTO skytree_log (id, last_offset, clock_ms) VALUES (1, 0, 0);");
        migrationBuilder.Sql("""
            CREATE TABLE IF NOT EXISTS skytree_messages (
              log_offset BIGINT NOT NULL PRIMARY KEY,
              topic_id BIGINT NOT NULL,
              timestamp_ms BIGINT NOT NULL,
              clock_ms BIGINT NOT NULL,
              expires_at_ms BIGINT NULL,
              qos TINYINT UNSIGNED NOT NULL,
              retain TINYINT(1) NOT NULL,
              publisher_id MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
              properties LONGBLOB NOT NULL,
              payload LONGBLOB NOT NULL,
              byte_count BIGINT NOT NULL,
              UNIQUE KEY ix_skytree_messages_topic (topic_id, log_offset),
              UNIQUE KEY ix_skytree_messages_clock (clock_ms, log_offset)
            ) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;
            """);
        migrationBuilder.Sql("""
            CREATE TABLE IF NOT EXISTS skytree_topics (
              id BIGINT NOT NULL PRIMARY KEY,
              topic_hash BINARY(32) NOT NULL,
              topic MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
              sort_key VARBINARY(512) NOT NULL,
              message_count BIGINT NOT NULL,
              byte_count BIGINT NOT NULL,
              last_offset BIGINT NOT NULL,
              UNIQUE KEY ix_skytree_topics_hash (topic_hash),
              KEY ix_skytree_topics_sort_key (sort_key)
            ) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;
            """);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropTable("skytree_messages");
        migrationBuilder.DropTable("skytree_topics");
        migrationBuilder.DropTable("skytree_log");
    }
}
