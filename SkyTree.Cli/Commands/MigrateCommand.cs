using System.CommandLine;

namespace SkyTree.Cli.Commands;

/// <summary>Says how messages are moved to another store: with the server's program, on its machine.</summary>
internal static class MigrateCommand
{
    private const string How = """
        Messages are moved to another store by the server's program, on the machine of its data folder; the HTTP API has no part in it.

        While it serves, with the new store in its options (it goes on after a restart, and the log says when it is done):
          SkyTree.Web --store Redis --store-connection localhost:6379 --migrate-from RocksDb

        While it is stopped:
          SkyTree.Web migrate --data /var/lib/skytree --from RocksDb --to Redis --to-connection localhost:6379

        'SkyTree.Web --help' shows all options; docs/migrating.md says more.
        """;

    public static Command Create() => new Command("migrate", "Says how messages are moved to another store").Runs(_ =>
    {
        Console.Out.WriteLine(How);
        return Task.CompletedTask;
    });
}
