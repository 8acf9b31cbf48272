using System.Globalization;
using System.Text;
using System.Text.Json;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using SkyTree.Sinks.Tests.Harness;
using SkyTree.Web.Tests;
using Xunit;

namespace SkyTree.Sinks.Tests;

/// <summary>The program with a file sink, killed while it writes.</summary>
public sealed class FileKillTests : IDisposable
{
    private const int Topics = 4;
    private const int Rounds = 2;
    private const int PerRound = 400; // of each topic

    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-file-kill-").FullName;

    private string Output => Path.Combine(_folder, "out");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Killed_while_it_writes_it_leaves_no_torn_line_and_loses_nothing()
    {
        HashSet<string> acknowledged = [];
        for (int round = 0; round < Rounds; round++)
        {
            await using BrokerProcess broker = Start();
            int port = BrokerProcess.PortOf(broker.WaitUntilReady(), "mqtt");
            long written = Lines();

            // It ends with kill -9, somewhere while messages are published and written.
            await PublishAsync(port, round * PerRound, acknowledged, until: () => Lines() > written + (PerRound * Topics / 4));
        }

        await using BrokerProcess last = Start();
        last.WaitUntilReady();
        await Eventually.HoldsAsync(() => acknowledged.IsSubsetOf(Read().Select(message => $"{message.Topic} {message.Payload}")), () => $"missing: {string.Join(", ", acknowledged.Except(Read().Select(message => $"{message.Topic} {message.Payload}")).Order(StringComparer.Ordinal).Take(20))}");
        foreach (IGrouping<string, Message> topic in Read().DistinctBy(message => message.Id).GroupBy(message => message.Topic))
        {
            int[] numbers = [.. topic.Select(message => int.Parse(message.Payload!, CultureInfo.InvariantCulture))];
            Assert.Equal(numbers.Order(), numbers);
        }

        Assert.True(Directory.GetFiles(Output).Length > 1, "It was to be rotated.");
    }

    private BrokerProcess Start() => BrokerProcess.Start(
    [
        "--mqtt-port", "0", "--http-port", "0", "--data", Path.Combine(_folder, "data"),
        "--SkyTree:Sinks:lines:Kind=File", "--SkyTree:Sinks:lines:Filters:0=k/#", "--SkyTree:Sinks:lines:BatchMessages=20", "--SkyTree:Sinks:lines:LingerMilliseconds=5",
        $"--SkyTree:Sinks:lines:File:Folder={Output}", "--SkyTree:Sinks:lines:File:MaximumMegabytes=1",
    ]);

    private static async Task PublishAsync(int port, int from, HashSet<string> acknowledged, Func<bool> until)
    {
        MqttClientFactory mqtt = new();
        using IMqttClient client = mqtt.CreateMqttClient();
        await client.ConnectAsync(mqtt.CreateClientOptionsBuilder()
            .WithProtocolVersion(MqttProtocolVersion.V500).WithTcpServer("127.0.0.1", port).WithTimeout(Eventually.Deadline).Build());
        ReadOnlyMemory<byte> filler = Encoding.UTF8.GetBytes(new string('.', 700));
        for (int i = from; i < from + PerRound; i++)
        {
            for (int topic = 0; topic < Topics; topic++)
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"k/{topic}");
                string payload = i.ToString(CultureInfo.InvariantCulture);
                MqttApplicationMessage message = mqtt.CreateApplicationMessageBuilder()
                    .WithTopic(name).WithPayload(payload).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).WithUserProperty("filler", filler).Build();
                await client.PublishAsync(message);
                acknowledged.Add($"{name} {payload}");
            }
        }

        await Eventually.HoldsAsync(until);
    }

    private long Lines() => Directory.Exists(Output) ? Directory.GetFiles(Output).Sum(file => Whole(file).LongLength) : 0;

    // What is being written may end within a line; once it is opened anew, it does not.
    private static string[] Whole(string file)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using StreamReader reader = new(stream);
        string text = reader.ReadToEnd();
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private IEnumerable<Message> Read() => Directory.GetFiles(Output).Order(StringComparer.Ordinal).SelectMany(Whole).Select(line => JsonSerializer.Deserialize<Message>(line, JsonSerializerOptions.Web)!);
}
