using SkyTree.Core.Security;

namespace SkyTree.Web.Configuration;

/// <summary>The program's arguments: settings, or a question that is answered at once.</summary>
internal sealed class CommandLine
{
    public const string Help = """
        Usage: SkyTree.Web [options]

          --mqtt-port N       port of the listener 'mqtt'; 0: a free one (default 1883)
          --http-port N       port of the listener 'http', for pages and WebSockets; 0: a free one (default 8080)
          --data DIR          folder of what the broker keeps (default ./data)
          --store NAME        where messages are stored: RocksDb (in the data folder), MySql, Sqlite, Redis or Memory
          --store-connection TEXT
                              the connection string of a MySQL, SQLite or Redis store
          --allow-anonymous   clients from everywhere need not show who they are (default: only those of this machine)
          --SkyTree:KEY=VALUE any option of the configuration file, for example --SkyTree:Mqtt:MaximumQoS=1
          --hash-password     reads a password from standard input and prints the credential for SkyTree:Users
          --help              this text
          --version           the version

        Options are read from appsettings.json (or the file that the environment variable SKYTREE_CONFIG names), then
        from environment variables such as SkyTree__Mqtt__MaximumQoS, then from here; the last one wins.
        """;

    private static readonly Dictionary<string, string> s_flags = new(StringComparer.Ordinal)
    {
        ["--mqtt-port"] = "SkyTree:Listeners:mqtt:Port",
        ["--http-port"] = "SkyTree:Listeners:http:Port",
        ["--data"] = "SkyTree:Data",
        ["--store"] = "SkyTree:Store:Provider",
        ["--store-connection"] = "SkyTree:Store:Connection",
    };

    private CommandLine()
    {
    }

    /// <summary>Configuration keys and their values.</summary>
    public Dictionary<string, string?> Settings { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What to print instead of running, or null. It may read standard input.</summary>
    /// <exception cref="StartUpException">What it read is of no use.</exception>
    public Func<string>? Answer { get; private set; }

    /// <exception cref="StartUpException">An argument is unknown or lacks its value.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        CommandLine commandLine = new();
        List<string> errors = [];
        Dictionary<string, string> given = new(StringComparer.OrdinalIgnoreCase); // flags by the key that they set
        for (int i = 0; i < arguments.Count; i++)
        {
            string[] parts = arguments[i].Split('=', 2);
            string flag = parts[0];
            string? value = parts.Length > 1 ? parts[1] : null;
            if (value is null && Question(flag) is { } question)
            {
                commandLine.Answer ??= question;
            }
            else if (flag == "--allow-anonymous" && value is null)
            {
                Set("SkyTree:AllowAnonymous", nameof(AnonymousMode.Always), flag);
            }
            else if (ConfigurationKey(flag) is not { } key)
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

    private static string? ConfigurationKey(string flag)
        => s_flags.TryGetValue(flag, out string? key) ? key
            : flag.StartsWith("--SkyTree:", StringComparison.OrdinalIgnoreCase) || flag.StartsWith("--Logging:", StringComparison.OrdinalIgnoreCase) ? flag[2..]
            : null;
}
