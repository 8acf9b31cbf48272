using System.Globalization;

namespace SkyTree.Crash.Tests.Processes;

/// <summary>MariaDB with what an acknowledgement relies on: each commit is flushed, which is the server's default, too.</summary>
internal sealed class MariaDb(string folder) : DatabaseServer(folder)
{
    private string Data => Path.Combine(Folder, "data");

    public override string ConnectionString =>
        string.Create(CultureInfo.InvariantCulture, $"Server=127.0.0.1;Port={Port};User ID=root;Database=skytree");

    protected override string Program => "mariadbd";

    protected override IEnumerable<string> Arguments =>
    [
        "--no-defaults",
        $"--datadir={Data}",
        $"--socket={Path.Combine(Folder, "socket")}",
        "--bind-address=127.0.0.1",
        $"--port={Port}",
        "--innodb-flush-log-at-trx-commit=1",
        "--innodb-buffer-pool-size=64M",
        .. AsRoot,
    ];

    protected override string ReadyLine => "ready for connections";

    private static IEnumerable<string> AsRoot => Environment.IsPrivilegedProcess ? ["--user=root"] : [];

    protected override async Task PrepareAsync()
    {
        if (Directory.Exists(Data))
        {
            return;
        }

        await using ServerProcess install = ServerProcess.Start(
            Find("mariadb-install-db"),
            ["--no-defaults", $"--datadir={Data}", "--auth-root-authentication-method=normal", "--skip-test-db", .. AsRoot],
            Folder,
            Log,
            _ => false);
        await install.Exited.WaitAsync(Settings.Deadline);
        if (install.ExitCode != 0)
        {
            throw new InvalidOperationException($"mariadb-install-db failed:\n{LogTail.Of(Log)}");
        }
    }
}
