using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Web.Tests;

namespace SkyTree.Rules.Tests;

/// <summary>The program with rules, over sockets: killed while it publishes again, and asked over HTTP.</summary>
public sealed class RestartTests : IDisposable
{
    private const string Password = "correct horse battery";
    private const int Topics = 4;
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-rules-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Killed_while_it_publishes_again_it_loses_nothing_and_keeps_the_order()
    {
        int seed = TestSeed.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"SKYTREE_TEST_SEED={seed.ToString(CultureInfo.InvariantCulture)}");
        var random = new Random(seed);
        int[] next = new int[Topics];
        ConcurrentDictionary<string, bool> acknowledged = new();
        for (int round = 0; round < 3; round++)
        {
            List<Task> publishers = [];
            await using (BrokerProcess broker = Start())
            {
                int port = BrokerProcess.PortOf(broker.WaitUntilReady(), "mqtt");
                if (round == 0)
                {
                    using IMqttClient reader = await ConnectAsync(port, "reader");
                    await reader.SubscribeAsync("out/#", MqttQualityOfServiceLevel.AtLeastOnce); // whose session goes on
                }

                int enough = acknowledged.Count + random.Next(100, 600);
                publishers.AddRange(Enumerable.Range(0, Topics).Select(topic => PublishAsync(port, topic, next, acknowledged)));
                using CancellationTokenSource deadline = new(s_deadline);
                while (acknowledged.Count < enough)
                {
                    await Task.Delay(5, deadline.Token);
                }
            } // with kill -9

            await Task.WhenAll(publishers);
        }

        await using BrokerProcess last = Start();
        ConcurrentQueue<string> received = new();
        using IMqttClient client = await ConnectAsync(BrokerProcess.PortOf(last.WaitUntilReady(), "mqtt"), "reader", message => received.Enqueue($"{message.Topic} {Encoding.UTF8.GetString(message.Payload)}"));
        using CancellationTokenSource patience = new(s_deadline);
        while (acknowledged.Keys.Except(received).Any())
        {
            Assert.False(patience.IsCancellationRequested, $"seed {seed}: missing {string.Join(", ", acknowledged.Keys.Except(received).Order(StringComparer.Ordinal).Take(20))}");
            await Task.Delay(50, CancellationToken.None);
        }

        foreach (IGrouping<string, string> topic in received.Distinct().GroupBy(message => message.Split(' ')[0]))
        {
            int[] numbers = [.. topic.Select(message => int.Parse(message.Split(' ')[1], CultureInfo.InvariantCulture))];
            Assert.True(numbers.Order().SequenceEqual(numbers), $"seed {seed}: {topic.Key} is out of order");
        }
    }

    [Fact]
    public async Task The_program_rewrites_tells_of_its_rules_and_tries_them()
    {
        await using BrokerProcess broker = Start();
        List<string> lines = broker.WaitUntilReady();
        int port = BrokerProcess.PortOf(lines, "mqtt");
        ConcurrentQueue<string> received = new();
        using IMqttClient client = await ConnectAsync(port, "c", message => received.Enqueue($"{message.Topic} {Encoding.UTF8.GetString(message.Payload)}"));
        await client.SubscribeAsync("legacy/+", MqttQualityOfServiceLevel.AtLeastOnce);
        await client.SubscribeAsync("out/#", MqttQualityOfServiceLevel.AtLeastOnce);
        Assert.True((await client.PublishStringAsync("legacy/7", """{"n":7}""", MqttQualityOfServiceLevel.AtLeastOnce)).IsSuccess);
        using CancellationTokenSource patience = new(s_deadline);
        while (received.Count < 2)
        {
            await Task.Delay(10, patience.Token);
        }

        Assert.Equal(["k/7 {\"n\":7}", "out/7 7"], received.Order(StringComparer.Ordinal));
        using HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{BrokerProcess.PortOf(lines, "http")}/api/v1/") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{Password}")));
        JsonNode rules = (await http.GetFromJsonAsync<JsonNode>("rules", patience.Token))!;
        Assert.Equal(["legacy rewrite 2", "again republish 1"], rules["items"]!.AsArray().Select(rule => $"{rule!["name"]} {rule["kind"]} {rule["matches"]}"));
        Assert.Equal("running", (string?)(await http.GetFromJsonAsync<JsonNode>("rules/again", patience.Token))!["state"]);
        HttpResponseMessage answer = await http.PostAsJsonAsync("rules/test", new { topic = "legacy/8", payload = "{\"n\":8}", qos = 1 }, patience.Token);
        JsonNode trial = (await answer.Content.ReadFromJsonAsync<JsonNode>(patience.Token))!;
        Assert.Equal(("k/8", "legacy"), ((string?)trial["publish"]!["topic"], (string?)trial["publish"]!["rule"]));
        Assert.Equal(("published", "out/8", "8"), ((string?)trial["republished"]![0]!["outcome"], (string?)trial["republished"]![0]!["topic"], (string?)trial["republished"]![0]!["payload"]));
    }

    private BrokerProcess Start() => BrokerProcess.Start(
        [
            "--mqtt-port", "0", "--http-port", "0", "--data", Path.Combine(_folder, "data"),
            "--SkyTree:Rules:Rewrites:0:Name=legacy", "--SkyTree:Rules:Rewrites:0:Filter=legacy/+", "--SkyTree:Rules:Rewrites:0:To=k/${1}",
            "--SkyTree:Rules:Republish:again:Filter=k/+", "--SkyTree:Rules:Republish:again:To=out/${1}", "--SkyTree:Rules:Republish:again:Payload=${$.n}",
        ],
        ("SKYTREE_ADMIN_PASSWORD", Password));

    /// <summary>Publishes rising numbers until the broker is gone. What was not acknowledged by then is published again by the next.</summary>
    private static async Task PublishAsync(int port, int topic, int[] next, ConcurrentDictionary<string, bool> acknowledged)
    {
        try
        {
            using IMqttClient client = await ConnectAsync(port, $"publisher-{topic}");
            while (true)
            {
                await client.PublishStringAsync($"k/{topic}", $$"""{"n":{{next[topic]}}}""", MqttQualityOfServiceLevel.AtLeastOnce);
                acknowledged[$"out/{topic} {next[topic]}"] = true;
                next[topic]++;
            }
        }
        catch (Exception)
        {
            // It was killed.
        }
    }

    private static async Task<IMqttClient> ConnectAsync(int port, string clientId, Action<MqttApplicationMessage>? receive = null)
    {
        MqttClientFactory mqtt = new();
        IMqttClient client = mqtt.CreateMqttClient();
        client.ApplicationMessageReceivedAsync += received =>
        {
            receive?.Invoke(received.ApplicationMessage);
            return Task.CompletedTask;
        };
        await client.ConnectAsync(mqtt.CreateClientOptionsBuilder()
            .WithProtocolVersion(MqttProtocolVersion.V500).WithTcpServer("127.0.0.1", port).WithClientId(clientId)
            .WithCleanStart(false).WithSessionExpiryInterval(uint.MaxValue).WithTimeout(TimeSpan.FromSeconds(60)).Build());
        return client;
    }
}
