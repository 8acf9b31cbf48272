using System.Globalization;
using System.Text.RegularExpressions;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using SkyTree.Sinks.Tests.Harness;
using SkyTree.Tests;
using SkyTree.Web.Tests;
using Xunit;

namespace SkyTree.Sinks.Tests;

/// <summary>Three nodes with one sink, and a rule that publishes again for it to read. They have the machine to themselves.</summary>
[CollectionDefinition(nameof(ClusterTests), DisableParallelization = true)]
[Collection(nameof(ClusterTests))]
public sealed partial class ClusterTests : IDisposable
{
    private const string Password = "correct horse battery";
    private const int BeforeAndAfter = 150; // messages of each

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(3);

    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-sink-cluster-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task One_node_runs_the_sink_and_another_goes_on_when_it_is_killed()
    {
        await using Receiver receiver = await Receiver.StartAsync();
        int[] logPorts = [FreePort.Find(), FreePort.Find(), FreePort.Find()];
        Node[] nodes = [.. logPorts.Select((port, i) => new Node(BrokerProcess.Start(Arguments(i, port, logPorts, receiver.Url), ("SKYTREE_ADMIN_PASSWORD", Password))))];
        try
        {
            await Task.WhenAll(nodes.Select(node => Task.Run(node.WaitUntilReady)));
            using HttpClient http = new() { Timeout = TimeSpan.FromSeconds(10) };
            http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"admin:{Password}")));

            // Which one runs it is known once it has written; it has what is published once it has its session.
            await using Publisher first = new(nodes[0]);
            Node owner = await FindOwnerAsync(http, nodes, () => first.PublishAsync("k/first", 0));
            Node[] others = [.. nodes.Where(node => node != owner)];

            await using Publisher publisher = new(others[0]);
            int number = 0;
            using CancellationTokenSource stop = new();
            Task publishing = Task.Run(async () =>
            {
                for (; !stop.IsCancellationRequested; number++)
                {
                    await publisher.PublishAsync("k/a", number);
                }
            });
            await UntilAsync(() => receiver.Of("again/a").Distinct().Count() >= BeforeAndAfter, receiver, () => number);
            string seen = await http.GetStringAsync(new Uri($"http://127.0.0.1:{others[1].HttpPort}/api/v1/rules/again"));
            Assert.Matches("\"state\":\"running\".*\"matches\":[1-9]", seen); // also where it does not run
            await owner.DisposeAsync(); // kill -9
            await FindOwnerAsync(http, others);
            int then = receiver.Of("again/a").Distinct().Count();
            await UntilAsync(() => receiver.Of("again/a").Distinct().Count() >= then + BeforeAndAfter, receiver, () => number);
            await stop.CancelAsync();
            await publishing.WaitAsync(s_deadline);

            // What came again has come before: leaving that out, all is there, in order.
            string[] published = [.. Enumerable.Range(0, number).Select(i => i.ToString(CultureInfo.InvariantCulture))];
            foreach (string topic in (string[])["k/a", "again/a"])
            {
                await UntilAsync(() => receiver.Of(topic).Distinct().Count() >= number, receiver, () => number);
                Assert.Equal(published, receiver.Of(topic).Distinct());
            }
        }
        finally
        {
            foreach (Node node in nodes)
            {
                await node.DisposeAsync();
            }
        }
    }

    private string[] Arguments(int index, int logPort, int[] all, string url) =>
    [
        "--mqtt-port", "0", "--http-port", "0", "--data", Path.Combine(_folder, index.ToString(CultureInfo.InvariantCulture)),
        "--SkyTree:Cluster:Enabled=true",
        "--SkyTree:Cluster:Secret=a secret of these tests",
        string.Create(CultureInfo.InvariantCulture, $"--SkyTree:Cluster:LogPort={logPort}"),
        string.Create(CultureInfo.InvariantCulture, $"--SkyTree:Cluster:PeerPort={FreePort.Find()}"),
        .. all.Select((port, i) => string.Create(CultureInfo.InvariantCulture, $"--SkyTree:Cluster:Seeds:{i}=127.0.0.1:{port}")),
        "--SkyTree:Sinks:hook:Kind=Webhook", "--SkyTree:Sinks:hook:Filters:0=k/#", "--SkyTree:Sinks:hook:Filters:1=again/#", "--SkyTree:Sinks:hook:BatchMessages=20",
        $"--SkyTree:Sinks:hook:Webhook:Url={url}",
        "--SkyTree:Rules:Republish:again:Filter=k/+", "--SkyTree:Rules:Republish:again:To=again/${1}",
    ];

    private static Task UntilAsync(Func<bool> condition, Receiver receiver, Func<int> published) =>
        Eventually.HoldsAsync(condition, () => $"of {published()}: k/a {receiver.Of("k/a").Distinct().Count()}, again/a {receiver.Of("again/a").Distinct().Count()}");

    /// <summary>The node that has written anything.</summary>
    private static async Task<Node> FindOwnerAsync(HttpClient http, Node[] nodes, Func<Task>? publish = null)
    {
        Node? owner = null;
        await Eventually.HoldsAsync(async () =>
        {
            await (publish?.Invoke() ?? Task.CompletedTask);
            foreach (Node node in nodes)
            {
                owner ??= await HasWrittenAsync(http, node) ? node : null;
            }

            return owner is not null;
        });
        return owner!;
    }

    private static async Task<bool> HasWrittenAsync(HttpClient http, Node node)
    {
        try
        {
            return Written().IsMatch(await http.GetStringAsync(new Uri($"http://127.0.0.1:{node.HttpPort}/metrics")));
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return false; // there is no account yet, or no touch with the others
        }
    }

    [GeneratedRegex("^skytree_sink_written_total\\{[^}]*sink=\"hook\"[^}]*\\} [1-9]", RegexOptions.Multiline)]
    private static partial Regex Written();

    private sealed class Node(BrokerProcess process) : IAsyncDisposable
    {
        private bool _isGone;

        public int MqttPort { get; private set; }

        public int HttpPort { get; private set; }

        public void WaitUntilReady()
        {
            List<string> lines = process.WaitUntilReady();
            (MqttPort, HttpPort) = (BrokerProcess.PortOf(lines, "mqtt"), BrokerProcess.PortOf(lines, "http"));
        }

        public async ValueTask DisposeAsync()
        {
            if (!_isGone)
            {
                _isGone = true;
                await process.DisposeAsync();
            }
        }
    }

    /// <summary>Publishes until it is acknowledged, however often that breaks in between.</summary>
    private sealed class Publisher(Node node) : IAsyncDisposable
    {
        private static readonly MqttClientFactory s_mqtt = new();

        private readonly string _clientId = $"publisher-{Guid.NewGuid():N}";
        private IMqttClient? _client;

        public async Task PublishAsync(string topic, int number)
        {
            using CancellationTokenSource patience = new(s_deadline);
            while (true)
            {
                try
                {
                    _client ??= await ConnectAsync();
                    using CancellationTokenSource attempt = new(TimeSpan.FromSeconds(20));
                    if ((await _client.PublishStringAsync(topic, number.ToString(CultureInfo.InvariantCulture), MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: attempt.Token)).IsSuccess)
                    {
                        return;
                    }
                }
                catch (Exception) when (!patience.IsCancellationRequested)
                {
                    _client?.Dispose();
                    _client = null;
                }

                await Task.Delay(20, patience.Token);
            }
        }

        public ValueTask DisposeAsync()
        {
            _client?.Dispose();
            return default;
        }

        private async Task<IMqttClient> ConnectAsync()
        {
            IMqttClient client = s_mqtt.CreateMqttClient();
            await client.ConnectAsync(s_mqtt.CreateClientOptionsBuilder()
                .WithProtocolVersion(MqttProtocolVersion.V500).WithTcpServer("127.0.0.1", node.MqttPort).WithClientId(_clientId).WithTimeout(TimeSpan.FromSeconds(20)).Build());
            return client;
        }
    }
}
