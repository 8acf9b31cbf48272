using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MySqlConnector;
using Xunit;

namespace SkyTree.Web.Tests.Deploy;

/// <summary>The container's recipe and the three of them, as far as they can be known to be right without an engine that runs them.</summary>
public sealed partial class ContainerTests
{
    private const string Secret = "/run/secrets/cluster-secret";
    private const string Connection = "/run/secrets/store-connection";

    private static readonly JsonNode s_compose = DeployFile.ReadYaml("container/compose.yaml").Single();
    private static readonly (string Word, string Text)[] s_recipe = ReadRecipe();

    [Fact]
    public void What_is_copied_is_in_the_source_and_every_project_of_the_program_is_copied()
    {
        string[] copied = [.. s_recipe.Where(line => line.Word == "COPY" && !line.Text.StartsWith("--from", StringComparison.Ordinal)).SelectMany(line => line.Text.Split(' ')[..^1])];
        Assert.All(copied, path => Assert.True(Path.Exists(Path.Combine(DeployFile.Root, path)), path));
        HashSet<string> referenced = [];
        AddReferenced("SkyTree.Web", referenced);
        Assert.NotEmpty(referenced);
        Assert.Subset(copied.ToHashSet(), referenced);
    }

    private static void AddReferenced(string project, HashSet<string> folders)
    {
        foreach (Match match in Reference().Matches(File.ReadAllText(Path.Combine(DeployFile.Root, project, project + ".csproj"))))
        {
            string folder = match.Groups["folder"].Value;
            folders.Add(folder + "/");
            AddReferenced(folder, folders);
        }
    }

    [Fact]
    public async Task What_is_published_has_the_entry_point_and_runs_with_the_containers_environment()
    {
        Assert.Equal("""["dotnet", "/app/SkyTree.Web.dll"]""", s_recipe.Single(line => line.Word == "ENTRYPOINT").Text);
        Assert.Contains(s_recipe, line => line is { Word: "RUN", Text: "dotnet publish SkyTree.Web -c Release -o /out" });
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, "SkyTree.Web.dll")));
        List<string> lines = await Checked.RunAsync(ContainerEnvironment());
        int[] exposed = [.. s_recipe.Single(line => line.Word == "EXPOSE").Text.Split(' ').Select(port => int.Parse(port, CultureInfo.InvariantCulture))];
        Assert.Contains($"listener mqtt: Tcp *:{exposed[0]}", lines);
        Assert.Contains($"listener http: WebSocket *:{exposed[1]}, pages", lines);
        Assert.Contains("data: /data, messages in RocksDb", lines);
        Assert.Contains(s_recipe, line => line is { Word: "VOLUME", Text: "/data" });
    }

    [Fact]
    public async Task Each_service_is_one_of_the_first_nodes_and_keeps_its_data_apart()
    {
        JsonObject services = s_compose["services"]!.AsObject();
        Assert.Equal(["skytree-0", "skytree-1", "skytree-2"], services.Select(service => service.Key));
        HashSet<string> ports = [];
        HashSet<string> volumes = [];
        foreach ((string name, JsonNode? service) in services)
        {
            List<string> lines = await Checked.RunAsync(ContainerEnvironment().Concat(service!["environment"]!.AsObject().Select(variable => KeyValuePair.Create(variable.Key, variable.Value!.GetValue<string>()))), Secret);
            Assert.Contains($"cluster skytree: node {name}:7801, links at 7802, Seed skytree-0:7801 skytree-1:7801 skytree-2:7801", lines);
            Assert.All(service["ports"]!.AsArray(), port => Assert.True(ports.Add(port!.GetValue<string>().Split(':')[1])));
            Assert.All(service["ports"]!.AsArray(), port => Assert.Contains(port!.GetValue<string>().Split(':')[2], s_recipe.Single(line => line.Word == "EXPOSE").Text.Split(' ')));
            Assert.True(volumes.Add(service["volumes"]!.AsArray().Single()!.GetValue<string>().Split(':')[0]));
            Assert.Equal(Path.GetFileName(Secret), service["secrets"]!.AsArray().Single()!.GetValue<string>());
            Assert.True(File.Exists(Path.GetFullPath(Path.Combine(DeployFile.PathOf("container"), service["build"]!["context"]!.GetValue<string>(), service["build"]!["dockerfile"]!.GetValue<string>()))));
        }

        Assert.Equal(volumes.Order(), s_compose["volumes"]!.AsObject().Select(volume => volume.Key).Order());
        Assert.NotNull(s_compose["secrets"]![Path.GetFileName(Secret)]);
    }

    [Fact]
    public async Task The_health_check_succeeds_with_a_broker_and_fails_without()
    {
        string[] check = [.. s_compose["services"]!["skytree-0"]!["healthcheck"]!["test"]!.AsArray().Select(part => part!.GetValue<string>())];
        Assert.Equal("CMD", check[0]);
        int port;
        await using (BrokerProcess broker = BrokerProcess.Start(["--mqtt-port", "0", "--http-port", "0"]))
        {
            port = BrokerProcess.PortOf(broker.WaitUntilReady(), "http");
            Assert.Equal(0, Run().ExitCode);
        }

        Assert.NotEqual(0, Run().ExitCode);

        (int ExitCode, string Output) Run() => DeployFile.Run(check[1], [.. check[2..].Select(part => part.Replace("/8080", string.Create(CultureInfo.InvariantCulture, $"/{port}"), StringComparison.Ordinal))]);
    }

    [Fact]
    public async Task With_MariaDB_each_service_keeps_its_messages_there_and_waits_for_it()
    {
        JsonNode merged = Merge("compose.yaml", "mariadb.yaml");
        JsonObject services = merged["services"]!.AsObject();
        foreach ((string name, JsonNode? _) in s_compose["services"]!.AsObject())
        {
            JsonNode stored = services[name]!;
            Assert.Equal("service_healthy", stored["depends_on"]!["mariadb"]!["condition"]!.GetValue<string>());
            Assert.Equal([Secret, Connection], stored["secrets"]!.AsArray().Select(secret => "/run/secrets/" + secret!["source"]!.GetValue<string>()));
            List<string> lines = await Checked.RunAsync(
                ContainerEnvironment().Concat(stored["environment"]!.AsObject().Select(variable => KeyValuePair.Create(variable.Key, variable.Value!.GetValue<string>()))), Secret, Connection);
            Assert.Contains("data: /data, messages in MySql", lines);
            Assert.Contains(lines, line => line.StartsWith($"cluster skytree: node {name}:7801,", StringComparison.Ordinal));
        }

        JsonNode server = services["mariadb"]!;
        Assert.Equal(s_compose["services"]!.AsObject().Count + 1, services.Count);
        string volume = server["volumes"]!.AsArray().Single()!.GetValue<string>();
        Assert.Equal("/var/lib/mysql", volume.Split(':')[1]);
        Assert.NotNull(merged["volumes"]!.AsObject().Single(named => named.Key == volume.Split(':')[0]).Key);
        Assert.Equal("/run/secrets/" + server["secrets"]!.AsArray().Single()!["source"]!.GetValue<string>(), server["environment"]!["MARIADB_PASSWORD_FILE"]!.GetValue<string>());
        string[] secrets = [.. merged["secrets"]!.AsObject().Select(secret => secret.Key)];
        Assert.Equal([Path.GetFileName(Secret), "mariadb-password", Path.GetFileName(Connection)], secrets.Order());
        Assert.Equal(secrets.Order(), File.ReadAllLines(DeployFile.PathOf("container/.gitignore")).Order());

        // The server takes its options, and what the comment has one write is a connection to it.
        (int exitCode, string output) = DeployFile.Run(
            File.Exists("/usr/sbin/mariadbd") ? "/usr/sbin/mariadbd" : "mariadbd", ["--no-defaults", .. server["command"]!.AsArray().Select(option => option!.GetValue<string>()), "--verbose", "--help"]);
        Assert.True(exitCode == 0, output);
        MySqlConnectionStringBuilder connection = new(StoreConnection().Match(await File.ReadAllTextAsync(DeployFile.PathOf("container/mariadb.yaml"))).Groups[1].Value);
        Assert.Equal("mariadb", connection.Server);
        Assert.Equal(server["environment"]!["MARIADB_DATABASE"]!.GetValue<string>(), connection.Database);
        Assert.Equal(server["environment"]!["MARIADB_USER"]!.GetValue<string>(), connection.UserID);
    }

    // Docker Compose checks the files and puts them together; it needs no engine for that.
    private static JsonNode Merge(params string[] files)
    {
        (int exitCode, string output) = DeployFile.Run("docker-compose", [.. files.SelectMany(file => new[] { "-f", DeployFile.PathOf("container/" + file) }), "config"]);
        Assert.True(exitCode == 0, output);
        return DeployFile.ParseYaml(output).Single();
    }

    private static IEnumerable<KeyValuePair<string, string>> ContainerEnvironment() =>
        s_recipe.Where(line => line.Word == "ENV").SelectMany(line => line.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(pair => KeyValuePair.Create(pair.Split('=')[0], pair.Split('=')[1]));

    private static (string Word, string Text)[] ReadRecipe() =>
    [
        .. File.ReadAllText(DeployFile.PathOf("container/Dockerfile")).Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => (line.Split(' ', 2)[0], line.Split(' ', 2)[1].Trim())),
    ];

    [GeneratedRegex("""<ProjectReference Include="\.\.\\(?<folder>[^\\]+)\\""")]
    private static partial Regex Reference();

    [GeneratedRegex("echo \"(Server=[^\"]*)\" > store-connection")]
    private static partial Regex StoreConnection();
}
