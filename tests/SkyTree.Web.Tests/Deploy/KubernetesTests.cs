using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Xunit;

namespace SkyTree.Web.Tests.Deploy;

/// <summary>The manifests, as far as they can be known to be right without a cluster that takes them.</summary>
public sealed class KubernetesTests
{
    private const string Secret = "/etc/skytree/cluster/cluster-secret";

    private static readonly JsonNode[] s_documents = DeployFile.ReadYaml("kubernetes/skytree.yaml");
    private static readonly JsonNode s_set = OfKind("StatefulSet").Single();
    private static readonly JsonNode s_container = s_set["spec"]!["template"]!["spec"]!["containers"]!.AsArray().Single()!;

    [Fact]
    public void Kubernetes_own_schemas_find_nothing_wrong_with_them()
    {
        Assert.Equal("", Judge(s_documents));
        JsonNode wrong = s_set.DeepClone();
        wrong["spec"]!["replicas"] = "three";
        Assert.Contains("spec/replicas", Judge([wrong]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_pod_is_one_of_the_first_nodes_by_its_ordinal()
    {
        int replicas = s_set["spec"]!["replicas"]!.GetValue<int>();
        Assert.Equal(3, replicas);
        for (int ordinal = 0; ordinal < replicas; ordinal++)
        {
            List<string> lines = await Checked.RunAsync(EnvironmentOf(ordinal), Secret);
            Assert.Contains(
                string.Create(CultureInfo.InvariantCulture, $"cluster skytree: node skytree-{ordinal}.skytree-nodes:7801, links at 7802, Seed skytree-0.skytree-nodes:7801 skytree-1.skytree-nodes:7801 skytree-2.skytree-nodes:7801"),
                lines);
        }
    }

    [Fact]
    public async Task Ports_are_those_of_the_program_from_the_service_to_the_listener()
    {
        List<string> lines = await Checked.RunAsync(EnvironmentOf(0), Secret);
        Dictionary<string, int> ports = s_container["ports"]!.AsArray().ToDictionary(port => port!["name"]!.GetValue<string>(), port => port!["containerPort"]!.GetValue<int>());
        Assert.Contains($"listener mqtt: Tcp *:{ports["mqtt"]}", lines);
        Assert.Contains($"listener http: WebSocket *:{ports["http"]}, pages", lines);
        Assert.Contains(lines, line => line.Contains($":{ports["log"]}, links at {ports["peers"]},", StringComparison.Ordinal));
        foreach (JsonNode port in OfKind("Service").SelectMany(service => service["spec"]!["ports"]!.AsArray()).OfType<JsonNode>())
        {
            Assert.Equal(ports[port["targetPort"]!.GetValue<string>()], port["port"]!.GetValue<int>());
        }
    }

    [Fact]
    public async Task Probes_ask_for_what_the_program_answers()
    {
        await using BrokerProcess broker = BrokerProcess.Start(["--mqtt-port", "0", "--http-port", "0"]);
        using HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{BrokerProcess.PortOf(broker.WaitUntilReady(), "http")}") };
        foreach (string probe in new[] { "livenessProbe", "readinessProbe", "startupProbe" })
        {
            JsonNode get = s_container[probe]!["httpGet"]!;
            Assert.Equal("http", get["port"]!.GetValue<string>());
            await http.GetStringAsync(get["path"]!.GetValue<string>());
        }

        Assert.Equal("/health/live", s_container["livenessProbe"]!["httpGet"]!["path"]!.GetValue<string>());
        Assert.Equal("/health/ready", s_container["readinessProbe"]!["httpGet"]!["path"]!.GetValue<string>());
    }

    [Fact]
    public void Names_and_labels_that_belong_together_are_the_same()
    {
        JsonNode labels = s_set["spec"]!["template"]!["metadata"]!["labels"]!;
        string governing = s_set["spec"]!["serviceName"]!.GetValue<string>();
        JsonNode headless = OfKind("Service").Single(service => service["metadata"]!["name"]!.GetValue<string>() == governing);
        Assert.Equal("None", headless["spec"]!["clusterIP"]!.GetValue<string>());
        Assert.True(headless["spec"]!["publishNotReadyAddresses"]!.GetValue<bool>());
        Assert.All(OfKind("Service"), service => Assert.True(JsonNode.DeepEquals(labels, service["spec"]!["selector"])));
        Assert.True(JsonNode.DeepEquals(labels, s_set["spec"]!["selector"]!["matchLabels"]));
        JsonNode budget = OfKind("PodDisruptionBudget").Single()["spec"]!;
        Assert.True(JsonNode.DeepEquals(labels, budget["selector"]!["matchLabels"]));
        Assert.Equal(1, budget["maxUnavailable"]!.GetValue<int>());
    }

    [Fact]
    public void What_is_mounted_is_there_and_the_secret_is_a_file()
    {
        JsonNode pod = s_set["spec"]!["template"]!["spec"]!;
        HashSet<string> volumes =
        [
            .. pod["volumes"]!.AsArray().Select(volume => volume!["name"]!.GetValue<string>()),
            .. s_set["spec"]!["volumeClaimTemplates"]!.AsArray().Select(claim => claim!["metadata"]!["name"]!.GetValue<string>()),
        ];
        Assert.Equal(volumes.Order(), s_container["volumeMounts"]!.AsArray().Select(mount => mount!["name"]!.GetValue<string>()).Order());
        Assert.Contains(s_container["volumeMounts"]!.AsArray(), mount => Secret.StartsWith(mount!["mountPath"]!.GetValue<string>() + "/", StringComparison.Ordinal));
        Assert.DoesNotContain(s_container["env"]!.AsArray(), variable => variable!["name"]!.GetValue<string>().EndsWith("__Secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_run_before_the_end_is_a_command_of_the_program()
    {
        string[] command = [.. s_container["lifecycle"]!["preStop"]!["exec"]!["command"]!.AsArray().Select(part => part!.GetValue<string>())];
        Assert.Equal(["dotnet", "/app/SkyTree.Web.dll"], command[..2]);

        // No broker runs there: so far it gets, and no option is wrong.
        await using BrokerProcess program = BrokerProcess.Start(command[2..]);
        Assert.Equal(1, await program.WaitForExitAsync());
        Assert.Equal(["cluster: no broker runs on '/data'; --data names the folder of one that does"], program.Errors);
    }

    private static string Judge(IEnumerable<JsonNode> manifests)
    {
        using Process judge = Process.Start(new ProcessStartInfo("node", ["manifests.mjs"])
        {
            WorkingDirectory = Path.Combine(DeployFile.Root, "tests", "interop-js"),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        judge.StandardInput.Write(new JsonArray([.. manifests.Select(manifest => manifest.DeepClone())]).ToJsonString());
        judge.StandardInput.Close();
        string said = judge.StandardOutput.ReadToEnd();
        judge.WaitForExit();
        Assert.Equal(said.Length == 0 ? 0 : 1, judge.ExitCode);
        return said;
    }

    private static IEnumerable<JsonNode> OfKind(string kind) => s_documents.Where(document => document["kind"]!.GetValue<string>() == kind);

    private static Dictionary<string, string> EnvironmentOf(int ordinal)
    {
        string pod = string.Create(CultureInfo.InvariantCulture, $"{s_set["metadata"]!["name"]!.GetValue<string>()}-{ordinal}");
        return s_container["env"]!.AsArray().ToDictionary(
            variable => variable!["name"]!.GetValue<string>(),
            variable => variable!["value"]?.GetValue<string>().Replace("$(POD_NAME)", pod, StringComparison.Ordinal) ?? pod);
    }
}
