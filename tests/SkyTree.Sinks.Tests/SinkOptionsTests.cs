using MQTTnet;
using MQTTnet.Formatter;
using SkyTree.Sinks.Files;
using SkyTree.Sinks.Sql;
using SkyTree.Sinks.Tests.Harness;
using SkyTree.Sinks.Webhooks;
using SkyTree.Web.Tests;
using Xunit;

namespace SkyTree.Sinks.Tests;

/// <summary>Mistakes of the configuration.</summary>
public sealed class SinkOptionsTests
{
    private static readonly SinkOptions s_right = new() { Kind = SinkKind.Webhook, Filters = ["a/#"], Webhook = new WebhookOptions { Url = "https://app.example/hook?x=1" } };

    public static TheoryData<string, string> Mistakes => new(s_mistakes.Select(pair => (pair.Key, pair.Value.Expected)));

    private static readonly Dictionary<string, (SinkOptions Options, string Expected)> s_mistakes = new()
    {
        ["no kind"] = (s_right with { Kind = null }, "s:Kind: the kind is needed, one of Webhook, File, Sql"),
        ["no filter"] = (s_right with { Filters = [] }, "s:Filters: at least one"),
        ["bad filter"] = (s_right with { Filters = ["a", "a/#/b"] }, "s:Filters:1: 'a/#/b' is not a plain"),
        ["shared"] = (s_right with { Filters = ["$share/g/a"] }, "s:Filters:0: '$share/g/a' is not a plain"),
        ["replay"] = (s_right with { Filters = ["$replay/-1h/a"] }, "s:Filters:0: '$replay/-1h/a' is not a plain"),
        ["circle"] = (s_right with { DeadLetterTopic = "a/dead" }, "s:DeadLetterTopic: 'a/dead' fits 'a/#'"),
        ["dead wildcard"] = (s_right with { DeadLetterTopic = "b/#" }, "s:DeadLetterTopic: 'b/#' is no topic name"),
        ["attempts"] = (s_right with { Attempts = 3 }, "s:Attempts: messages are given up to a DeadLetterTopic only"),
        ["no url"] = (s_right with { Webhook = new() }, "s:Webhook:Url: '' is no address"),
        ["ftp"] = (s_right with { Webhook = new() { Url = "ftp://x/" } }, "s:Webhook:Url: 'ftp://x/' is no address"),
        ["http"] = (s_right with { Webhook = new() { Url = "http://app.example/" } }, "s:Webhook:Url: 'http://app.example/' is another machine's"),
        ["password in url"] = (s_right with { Webhook = new() { Url = "https://u:hidden@app.example/" } }, "s:Webhook:Url: a name and password do not belong in the address"),
        ["short secret"] = (s_right with { Webhook = s_right.Webhook with { Secret = "short" } }, "s:Webhook:Secret: a secret has at least 16"),
        ["no such file"] = (s_right with { Webhook = s_right.Webhook with { SecretPath = "/no/such" } }, "s:Webhook:SecretPath: file '/no/such' does not exist"),
        ["two secrets"] = (s_right with { Webhook = s_right.Webhook with { SecretPath = "/no/such", Secret = "long enough for a secret" } }, "s:Webhook:SecretPath: give it here or in Secret"),
        ["bad header"] = (s_right with { Webhook = s_right.Webhook with { Headers = new Dictionary<string, string> { ["Content-Type"] = "x" } } }, "s:Webhook:Headers:Content-Type: is no header"),
        ["no connection"] = (s_right with { Kind = SinkKind.Sql }, "s:Sql:Connection: a connection string is needed"),
        ["bad connection"] = (s_right with { Kind = SinkKind.Sql, Sql = new() { Connection = "Password=hidden;Wat=1" } }, "s:Sql:Connection: is not a connection string of MySql"),
        ["bad table"] = (s_right with { Kind = SinkKind.Sql, Sql = new() { Connection = "Server=x", Table = "a; DROP" } }, "s:Sql:Table: 'a; DROP' is no table's name"),
        ["statement and table"] = (s_right with { Kind = SinkKind.Sql, Sql = new() { Connection = "Server=x", Statement = "INSERT", CreateTable = true } }, "s:Sql:CreateTable: a Statement knows its own table"),
        ["file for folder"] = (s_right with { Kind = SinkKind.File, File = new() { Folder = typeof(SinkOptions).Assembly.Location } }, "s:File:Folder: '"),
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_said_with_the_option_s_name(string name, string expected)
    {
        List<string> told = [];
        s_mistakes[name].Options.Validate("s", "name", (key, problem) => told.Add($"{key}: {problem}"));
        Assert.StartsWith(expected, Assert.Single(told), StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", told[0], StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_right_is_not_found_fault_with()
    {
        foreach (SinkOptions options in (SinkOptions[])
        [
            s_right,
            s_right with { Kind = SinkKind.File },
            s_right with { Kind = SinkKind.Sql, Sql = new SqlSinkOptions { Provider = SqlSinkProvider.Sqlite, Connection = "Data Source=x.db", Table = "logs.rows_1" } },
            s_right with { Webhook = new WebhookOptions { Url = "http://127.0.0.1:1/" }, Attempts = 1, DeadLetterTopic = "b", File = new FileSinkOptions() },
        ])
        {
            options.Validate("s", "plant-1", (key, problem) => Assert.Fail($"{key}: {problem}"));
        }
    }

    [Fact]
    public async Task The_program_says_them_all_and_ends()
    {
        await using BrokerProcess broker = BrokerProcess.Start(
        [
            "--mqtt-port", "0", "--http-port", "0",
            "--SkyTree:Sinks:one:Kind=Webhook", "--SkyTree:Sinks:one:BatchMessages=0", "--SkyTree:Sinks:one:Wat=1",
            "--SkyTree:Sinks:two:Kind=Kafka", "--SkyTree:Sinks:b d:Enabled=true",
            "--SkyTree:Sinks:x:Kind=File", "--SkyTree:Sinks:x:Filters:0=a", "--SkyTree:Sinks:x:File:Folder=same",
            "--SkyTree:Sinks:y:Kind=File", "--SkyTree:Sinks:y:Filters:0=a", "--SkyTree:Sinks:y:File:Folder=same",
        ]);
        Assert.Equal(1, await broker.WaitForExitAsync());
        await Eventually.HoldsAsync(() => broker.Errors.Any(line => line.Contains("SkyTree:Sinks:two:Kind", StringComparison.Ordinal)));
        string errors = string.Join('\n', broker.Errors);
        Assert.Contains("SkyTree:Sinks:one:BatchMessages: '0' is not a whole number from 1 to 10000", errors, StringComparison.Ordinal);
        Assert.Contains("SkyTree:Sinks:one:Wat: there is no such option", errors, StringComparison.Ordinal);
        Assert.Contains("SkyTree:Sinks:two:Kind: 'Kafka' is not one of Webhook, File, Sql", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sink_s_client_identifier_is_its_own()
    {
        await using BrokerProcess broker = BrokerProcess.Start(
            ["--mqtt-port", "0", "--http-port", "0", "--SkyTree:Sinks:mine:Kind=File", "--SkyTree:Sinks:mine:Filters:0=a"]);
        int port = BrokerProcess.PortOf(broker.WaitUntilReady(), "mqtt");
        MqttClientFactory mqtt = new();
        foreach ((string clientId, MqttClientConnectResultCode expected) in ((string, MqttClientConnectResultCode)[])
            [("sink-mine", MqttClientConnectResultCode.ClientIdentifierNotValid), ("sink-other", MqttClientConnectResultCode.Success)])
        {
            using IMqttClient client = mqtt.CreateMqttClient();
            MqttClientConnectResult result = await client.ConnectAsync(mqtt.CreateClientOptionsBuilder()
                .WithProtocolVersion(MqttProtocolVersion.V500).WithClientId(clientId).WithTcpServer("127.0.0.1", port).WithTimeout(Eventually.Deadline).Build());
            Assert.Equal(expected, result.ResultCode);
        }
    }
}
