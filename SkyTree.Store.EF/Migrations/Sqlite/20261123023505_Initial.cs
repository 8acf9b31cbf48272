using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace SkyTree.Store.EF.Migrations.Sqlite
{
    internal sealed partial class Initial : Migration
    {
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "skytree_log",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    last_offset = table.Column<long>(type: "INTEGER", nullable: false),
                    clock_ms = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_skytree_log", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "skytree_messages",
                columns: table => new
                {
                    log_offset = table.Column<long>(type: "INTEGER", nullable: false),
                    topic_id = table.Column<long>(type: "INTEGER", nullable: false),
                    timestamp_ms = table.Column<long>(type: "INTEGER", nullable: false),
                    clock_ms = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at_ms = table.Column<long>(type: "INTEGER", nullable: true),
                    qos = table.Column<byte>(type: "INTEGER", nullable: false),
                    retain = table.Column<bool>(type: "INTEGER", nullable: false),
                    publisher_id = table.Column<string>(type: "TEXT", nullable: false),
                    properties = table.Column<byte[]>(type: "BLOB", nullable: false),
                    payload = table.Column<byte[]>(type: "BLOB", nullable: false),
                    byte_count = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_skytree_messages", x => x.log_offset);
                });

            migrationBuilder.CreateTable(
                name: "skytree_topics",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false),
                    topic_hash = table.Column<byte[]>(type: "BLOB", fixedLength: true, maxLength: 32, nullable: false),
                    topic = table.Column<string>(type: "TEXT", nullable: false),
                    sort_key = table.Column<byte[]>(type: "BLOB", maxLength: 512, nullable: false),
                    message_count = table.Column<long>(type: "INTEGER", nullable: false),
                    byte_count = table.Column<long>(type: "INTEGER", nullable: false),
                    last_offset = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_skytree_topics", x => x.id);
                });

            migrationBuilder.InsertData(
                table: "skytree_log",
                columns: new[] { "id", "clock_ms", "last_offset" },
                values: new object[] { 1, 0L, 0L });

            migrationBuilder.CreateIndex(
                name: "ix_skytree_messages_clock",
                table: "skytree_messages",
                columns: new[] { "clock_ms", "log_offset" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_skytree_messages_topic",
                table: "skytree_messages",
                columns: new[] { "topic_id", "log_offset" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_skytree_topics_hash",
                table: "skytree_topics",
                column: "topic_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_skytree_topics_sort_key",
                table: "skytree_topics",
                column: "sort_key");
        }

        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "skytree_log");

            migrationBuilder.DropTable(
                name: "skytree_messages");

            migrationBuilder.DropTable(
                name: "skytree_topics");
        }
    }
}
