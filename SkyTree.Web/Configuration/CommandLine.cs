using SkyTree.AspNetCore.Administration;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Storage;
using SkyTree.Core.Security;
using SkyTree.Web.Commands;

namespace SkyTree.Web.Configuration;

/// <summary>The program's arguments: settings, or a question that is answered at once.</summary>
internal sealed class CommandLine
{
    public const string Help = """
        Usage: SkyTree.Web [options]
               SkyTree.Web COMMAND [options]

        Without a command it runs the broker.

          backup FILE         writes what the data folder and its store hold into a file, also while the broker runs
          restore FILE        puts a backup into a new data folder, and into any store
          migrate --from NAME --to NAME
                              moves the messages to another store while no broker runs
          reset-admin-password [NAME]
                              gives an admin account ('admin') a new password and prints it; the broker runs meanwhile

          check               checks the options without running, and says what they come to; '--check' behind the options
                              does the same

          cluster status [--json]
                              shows the nodes, as the node that runs on the data folder sees them; the exit code is 2
                              when not all of them serve
          cluster add ADDRESS:PORT
                              adds a node that was started with SkyTree:Cluster:Start=Join, by its address and log port
          cluster remove ADDRESS:PORT
                              removes a node, dead or alive; its identity will do, too
          cluster leave       removes the node that runs on the data folder
          cluster lead        lets another node lead
          cluster drain [N]   sends the node's clients to other nodes, N each second (default 200)
          cluster undrain     clients are welcome again

          --mqtt-port N       port of the listener 'mqtt'; 0: a free one (default 1883)
          --http-port N       port of the listener 'http', for pages and WebSockets; 0: a free one (default 8080)
          --data DIR          folder of what the broker keeps (default ./data)
          --store NAME        where messages are stored: RocksDb (in the data folder), MySql, Sqlite, Redis or Memory
          --store-connection TEXT
                              the connection string of a MySQL, SQLite or Redis store
          --migrate-from NAME moves the messages from this store to that of --store while the broker serves
          --migrate-from-connection TEXT
                              the connection string of that store
          --from, --from-connection, --to, --to-connection
                              with migrate: the same as --migrate-from, --migrate-from-connection, --store, --store-connection
          --allow-anonymous   clients from everywhere need not show who they are (default: only those of this machine)
          --SkyTree:KEY=VALUE any option of the configuration file, for example --SkyTree:Mqtt:MaximumQoS=1
          --hash-password     reads a password from standard input and prints the credential for SkyTree:Users
          --help              this text
          --version           the version

        Options are read from appsettings.json (or the file that the environment variable SKYTREE_CONFIG names), then
        from environment variables such as SkyTree__Mqtt__MaximumQoS, then from here; the last one wins.
        """;

    private const string StoreProviderKey = "SkyTree:Store:Provider";
    private const string StoreConnection = "SkyTree:Store:Connection";

    private static readonly Dictionary<string, string> s_flags = new(StringComparer.Ordinal)
    {
        ["--mqtt-port"] = "SkyTree:Listeners:mqtt:Port",
        ["--http-port"] = "SkyTree:Listeners:http:Port",
        ["--data"] = "SkyTree:Data",
        ["--store"] = StoreProviderKey,
        ["--store-connection"] = StoreConnection,
        ["--migrate-from"] = "SkyTree:Store:MigrateFrom:Provider",
        ["--migrate-from-connection"] = "SkyTree:Store:MigrateFrom:Connection",
    };

    private static readonly Dictionary<string, string> s_migrateFlags = new(StringComparer.Ordinal)
    {
        ["--from"] = "SkyTree:Store:MigrateFrom:Provider",
        ["--from-connection"] = "SkyTree:Store:MigrateFrom:Connection",
        ["--to"] = StoreProviderKey,
        ["--to-connection"] = StoreConnection,
    };

    private CommandLine()
    {
    }

    /// <summary>Configuration keys and their values.</summary>
    public Dictionary<string, string?> Settings { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What the program is to do.</summary>
    public ProgramCommand Command { get; private set; }

    /// <summary>The file of a backup, or the account whose password is reset; empty for commands that take none.</summary>
    public string File { get; private set; } = "";

    /// <summary>What is asked of a node; null unless <see cref="Command"/> says so.</summary>
    public ClusterRequest? Cluster { get; private set; }

    /// <summary>What to print instead of running, or null. It may read standard input.</summary>
    /// <exception cref="StartUpException">What it read is of no use.</exception>
    public Func<string>? Answer { get; private set; }

    /// <exception cref="StartUpException">An argument is unknown or lacks its value.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        CommandLine commandLine = new();
        List<string> errors = [];
        Dictionary<string, string> given = new(StringComparer.OrdinalIgnoreCase); // flags by the key that they set
        int first = commandLine.TakeCommand(arguments, errors);
        for (int i = first; i < arguments.Count; i++)
        {
            string[] parts = arguments[i].Split('=', 2);
            string flag = parts[0];
            string? value = parts.Length > 1 ? parts[1] : null;
            if (value is null && Question(flag) is { } question)
            {
                commandLine.Answer ??= question;
            }
            else if (flag == "--json" && value is null && commandLine.Cluster is { } request)
            {
                commandLine.Cluster = request with { IsJson = true };
            }
            else if (flag == "--check" && value is null && commandLine.Command is ProgramCommand.Serve or ProgramCommand.Check)
            {
                commandLine.Command = ProgramCommand.Check;
            }
            else if (flag == "--allow-anonymous" && value is null)
            {
                Set("SkyTree:AllowAnonymous", nameof(AnonymousMode.Always), flag);
            }
            else if (commandLine.ConfigurationKey(flag) is not { } key)
            {
                errors.Add($"{arguments[i]}: there is no such option; --help shows them");
            }
            else if ((value ?? arguments.ElementAtOrDefault(++i)) is { Length: > 0 } setting)
            {
                Set(key, setting, flag);
            }
            else
            {
                errors.Add($"{flag}: a value is needed");
            }
        }

        commandLine.DropConnection();
        return errors.Count == 0 ? commandLine : throw new StartUpException(errors);

        // Of two flags that contradict each other neither can be what was meant.
        void Set(string key, string setting, string flag)
        {
            if (commandLine.Settings.TryGetValue(key, out string? other) && other != setting)
            {
                errors.Add($"{key}: is '{other}' by {given[key]} and '{setting}' by {flag}");
            }

            commandLine.Settings[key] = setting;
            given[key] = flag;
        }
    }

    /// <summary>Takes the command and what follows it off the front.</summary>
    /// <returns>The index of the first option.</returns>
    private int TakeCommand(IReadOnlyList<string> arguments, List<string> errors)
    {
        Command = arguments.ElementAtOrDefault(0) switch
        {
            "backup" => ProgramCommand.Backup,
            "restore" => ProgramCommand.Restore,
            "migrate" => ProgramCommand.Migrate,
            "check" => ProgramCommand.Check,
            "cluster" => ProgramCommand.Cluster,
            "reset-admin-password" => ProgramCommand.ResetPassword,
            _ => ProgramCommand.Serve,
        };
        if (Command == ProgramCommand.Cluster)
        {
            (Cluster, int next) = ClusterRequest.Take(arguments, errors);
            return next;
        }

        if (Command == ProgramCommand.ResetPassword)
        {
            File = arguments.ElementAtOrDefault(1) is { Length: > 0 } name && !name.StartsWith('-') ? name : "";
            return File.Length > 0 ? 2 : 1;
        }

        if (Command is not (ProgramCommand.Backup or ProgramCommand.Restore))
        {
            return Command == ProgramCommand.Serve ? 0 : 1;
        }

        if (arguments.ElementAtOrDefault(1) is { Length: > 0 } file && !file.StartsWith('-'))
        {
            File = file;
            return 2;
        }

        if (!arguments.Any(argument => argument is "--help" or "-h"))
        {
            errors.Add($"{arguments[0]}: a file is needed: {arguments[0]} FILE");
        }

        return 1;
    }

    /// <summary>The connection string in the configuration file is not that of an embedded store which a command names.</summary>
    private void DropConnection()
    {
        if (Command is not (ProgramCommand.Serve or ProgramCommand.Check) && Settings.GetValueOrDefault(StoreProviderKey) is { } store
            && store.Equals(nameof(StoreProvider.RocksDb), StringComparison.OrdinalIgnoreCase))
        {
            Settings.TryAdd(StoreConnection, "");
            Settings.TryAdd("SkyTree:Store:ConnectionPath", "");
        }
    }

    private static Func<string>? Question(string flag) => flag switch
    {
        "--help" or "-h" => () => Help,
        "--version" => () => $"SkyTree {ProductVersion.Text}",
        "--hash-password" => HashPassword,
        _ => null,
    };

    private static string HashPassword()
    {
        try
        {
            return ScramCredential.Create(Console.In.ReadLine() ?? "").Format();
        }
        catch (ArgumentException exception)
        {
            throw new StartUpException([$"--hash-password: {exception.Message.Split(" (Parameter")[0]}"]);
        }
    }

    private string? ConfigurationKey(string flag)
        => Command == ProgramCommand.Migrate && s_migrateFlags.TryGetValue(flag, out string? migrateKey) ? migrateKey
            : s_flags.TryGetValue(flag, out string? key) ? key
            : flag.StartsWith("--SkyTree:", StringComparison.OrdinalIgnoreCase) || flag.StartsWith("--Logging:", StringComparison.OrdinalIgnoreCase) ? flag[2..]
            : null;
}
