using System.Text.Json.Nodes;
using MQTTnet;
using MQTTnet.Packets;
using Xunit;

namespace SkyTree.Cli.Tests;

/// <summary>What operators look at and do.</summary>
public sealed class OperationTests(ServerFixture server)
{
    [Fact]
    public async Task The_status_shows_the_node_and_what_needs_attention()
    {
        CliResult table = (await server.RunAsync("status")).Done();
        Assert.Contains("clients connected", table.Output, StringComparison.Ordinal);
        Assert.Contains("serving *", table.Output, StringComparison.Ordinal);
        JsonNode json = (await server.RunAsync("status", "-o", "json")).Done().Json;
        Assert.True(json["nodes"]![0]!["isServing"]!.GetValue<bool>());
        Assert.NotNull(json["total"]!["sessions"]);
        Assert.NotNull(json["rates"]!["messagesReceived"]);

        // Where the bridge goes, nobody is.
        await ServerFixture.UntilAsync(async () => (await server.RunAsync("status", "-o", "json")).Done().Json["attention"]!.AsArray().Count > 0);
        Assert.Equal(ExitCode.Refused, (await server.RunAsync("status", "--check")).ExitCode);
    }

    [Fact]
    public async Task Sessions_are_listed_shown_disconnected_and_ended()
    {
        IMqttClient client = await server.ConnectAsync("s/1", "of-s/#");
        TaskCompletionSource gone = new();
        client.DisconnectedAsync += _ =>
        {
            gone.TrySetResult();
            return Task.CompletedTask;
        };
        CliResult list = (await server.RunAsync("sessions", "list", "--connected", "--prefix", "s/", "--sort=-lag")).Done();
        Assert.Contains("s/1     connected  durable", list.Output, StringComparison.Ordinal);
        Assert.Contains("subscriptions[0].filter", (await server.RunAsync("sessions", "show", "s/1")).Done().Output, StringComparison.Ordinal);

        (await server.RunAsync("sessions", "kick", "s/1", "--reason", "new certificate")).Done();
        await gone.Task.WaitAsync(TimeSpan.FromMinutes(2));
        await ServerFixture.UntilAsync(async () => (await server.RunAsync("sessions", "list", "--away", "--contains", "s/1", "-o", "json")).Done().Json.AsArray().Count == 1);
        (await server.RunAsync("sessions", "delete", "s/1")).Done();
        (await server.RunAsync("sessions", "show", "s/1")).Failed(ExitCode.Refused, "(404 ");
    }

    [Fact]
    public async Task Drops_are_counted_and_explained()
    {
        IMqttClient client = await server.ConnectAsync("narrow", "narrow");
        await client.DisconnectAsync();
        Assert.Contains("total", (await server.RunAsync("drops", "summary")).Done().Output, StringComparison.Ordinal);
        (await server.RunAsync("drops", "list", "--client", "narrow", "--since", "2026-01-01T00:00:00Z")).Done();
        (await server.RunAsync("drops", "totals", "--filter", "narrow/#")).Done();
        Assert.Contains("verdict", (await server.RunAsync("drops", "why", "narrow", "narrow")).Done().Output, StringComparison.Ordinal);
        Assert.NotNull((await server.RunAsync("drops", "why", "narrow", "narrow", "-o", "json")).Done().Json["conclusion"]);
    }

    [Fact]
    public async Task Options_are_changed_while_it_runs_all_or_none()
    {
        const string Key = "SkyTree:Mqtt:MaximumInflight";
        CliResult before = (await server.RunAsync("config", "get", Key)).Done();
        (await server.RunAsync("config", "set", $"{Key}=123", "SkyTree:Data=/elsewhere")).Failed(ExitCode.Refused, "(");
        Assert.Equal(before.Output, (await server.RunAsync("config", "get", Key)).Done().Output);
        Assert.Contains("123", (await server.RunAsync("config", "set", $"{Key}=123", "Logging:LogLevel:SkyTree.Api=Warning")).Done().Output, StringComparison.Ordinal);
        JsonNode value = (await server.RunAsync("config", "get", Key, "--changeable", "-o", "json")).Done().Json[0]!;
        Assert.Equal(("123", "changed"), (value["value"]!.GetValue<string>(), value["source"]!.GetValue<string>()));
        (await server.RunAsync("config", "unset", Key)).Done();
        Assert.Equal(before.Output, (await server.RunAsync("config", "get", Key)).Done().Output);
    }

    [Fact]
    public async Task Bridges_and_sinks_are_paused_and_go_on()
    {
        foreach ((string kind, string name) in new[] { ("bridges", "plant"), ("sinks", "archive") })
        {
            await ServerFixture.UntilAsync(async () => (await server.RunAsync(kind, "list")).Done().Output.Contains(name, StringComparison.Ordinal));
            (await server.RunAsync(kind, "pause", name)).Done();
            await ServerFixture.UntilAsync(async () => await StateAsync(kind, name) == "paused");
            (await server.RunAsync(kind, "resume", name)).Done();
            await ServerFixture.UntilAsync(async () => await StateAsync(kind, name) != "paused");
            (await server.RunAsync(kind, "pause", "nobody")).Failed(ExitCode.Refused, "(404 ");
        }
    }

    [Fact]
    public async Task A_backup_is_a_file_of_its_own_and_can_be_staged()
    {
        await server.ConnectAsync("backed-up", "backed-up");
        string file = server.PathOf("all.backup");
        (await server.RunAsync("backup", file)).Done();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        (await server.RunAsync("backup", file)).Failed(ExitCode.Refused, "is there already");
        (await server.RunAsync("backup", "--overwrite", file)).Done();
        Assert.Empty(Directory.GetFiles(server.Folder, "*.part"));

        Assert.Equal("nothing is staged\n", (await server.RunAsync("restore", "show")).Done().Output);
        Assert.Contains("restart the server", (await server.RunAsync("restore", "stage", file)).Done().Output, StringComparison.Ordinal);
        Assert.StartsWith("staged at", (await server.RunAsync("restore", "show")).Done().Output, StringComparison.Ordinal);
        (await server.RunAsync("restore", "cancel")).Done();
        Assert.Equal("nothing is staged\n", (await server.RunAsync("restore", "show")).Done().Output);

        byte[] whole = await File.ReadAllBytesAsync(file);
        await File.WriteAllBytesAsync(server.PathOf("cut.backup"), whole[..^100]);
        (await server.RunAsync("restore", "stage", server.PathOf("cut.backup"))).Failed(ExitCode.Refused, "(4");
    }

    [Fact]
    public async Task Migrating_is_explained_with_the_servers_own_words()
    {
        string how = (await server.RunAsync("migrate")).Done().Output;
        await using SkyTree.Web.Tests.BrokerProcess help = SkyTree.Web.Tests.BrokerProcess.Start(["--help"]);
        Assert.Equal(0, await help.WaitForExitAsync());
        string options = string.Join('\n', help.RestOfOutput());
        Assert.All(
            how.Split(' ', '\n').Where(word => word.StartsWith("--", StringComparison.Ordinal)).Select(word => word.Trim('\'')),
            option => Assert.Contains(option, options, StringComparison.Ordinal));
    }

    private async Task<string> StateAsync(string kind, string name) => (await server.RunAsync(kind, "show", name, "-o", "json")).Done().Json["state"]!.GetValue<string>();
}
