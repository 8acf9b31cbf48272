using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Xunit;

namespace SkyTree.Cli.Tests;

/// <summary>Publishing, and looking at what is published, stored and retained.</summary>
public sealed class MessageTests(ServerFixture server)
{
    [Fact]
    public async Task A_payload_is_an_argument_a_file_or_standard_input_byte_for_byte()
    {
        await server.KeepAsync("payloads", "payloads/#");
        byte[] binary = [0, 1, 255, 10, 13, 27];
        await File.WriteAllBytesAsync(server.PathOf("payload.bin"), binary);
        Assert.Contains("stored at offset", (await server.RunAsync("publish", "payloads/argument", "21.5", "-q", "1")).Done().Output, StringComparison.Ordinal);
        JsonNode file = (await server.RunAsync("publish", "payloads/file", "--file", server.PathOf("payload.bin"), "-q", "1", "-o", "json")).Done().Json;
        Assert.Equal(1, file["matched"]!.GetValue<int>());
        (await server.RunWithAsync("from input\n", "publish", "payloads/input", "-q", "1")).Done();

        JsonArray stored = (await server.RunAsync("messages", "list", "payloads/#", "-o", "json")).Done().Json.AsArray();
        Assert.Equal(["payloads/argument", "payloads/file", "payloads/input"], stored.Select(message => message!["topic"]!.GetValue<string>()));
        Assert.Equal("from input\n", stored[2]!["payload"]!.GetValue<string>());
        Assert.Equal(binary, (await server.RunAsync("messages", "show", stored[1]!["offset"]!.ToJsonString(), "--raw")).Done().Bytes);
        Assert.Contains("21.5", (await server.RunAsync("messages", "show", stored[0]!["offset"]!.ToJsonString())).Done().Output, StringComparison.Ordinal);
        Assert.Contains("payloads/file", (await server.RunAsync("messages", "topics", "payloads/#")).Done().Output, StringComparison.Ordinal);
        Assert.Contains("payloads", (await server.RunAsync("topics", "list")).Done().Output, StringComparison.Ordinal);
        Assert.Contains("payloads/file", (await server.RunAsync("topics", "list", "payloads")).Done().Output, StringComparison.Ordinal);
        Assert.Contains("payloads/argument", (await server.RunAsync("topics", "show", "payloads/argument")).Done().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Properties_go_with_the_message()
    {
        await server.KeepAsync("properties", "properties");
        (await server.RunAsync(
            "publish", "properties", "{}", "-q", "1", "--expiry", "3600", "--content-type", "application/json", "--response-topic", "answers", "--correlation", "4711",
            "-D", "source=operator", "-D", "note=a=b")).Done();
        JsonNode message = (await server.RunAsync("messages", "list", "properties", "-o", "json")).Done().Json[0]!;
        Assert.NotNull(message["expiresAt"]);
        JsonNode properties = message["properties"]!;
        Assert.Equal("application/json", properties["contentType"]!.GetValue<string>());
        Assert.Equal("answers", properties["responseTopic"]!.GetValue<string>());
        Assert.Equal("NDcxMQ==", properties["correlationData"]!.GetValue<string>());
        Assert.Equal(["source=operator", "note=a=b"], properties["userProperties"]!.AsArray().Select(property => $"{property!["name"]}={property["value"]}"));
    }

    [Fact]
    public async Task Lines_are_published_as_they_come_and_in_their_order()
    {
        await server.KeepAsync("lines", "lines/#");
        using Process publisher = CliProcess.Start(server.Administrator, "publish", "lines/prompt", "--lines", "-q", "1");
        await publisher.StandardInput.WriteLineAsync("first");
        await publisher.StandardInput.FlushAsync();
        await ServerFixture.UntilAsync(async () => (await StoredAsync("lines/prompt")).Count == 1);
        await publisher.StandardInput.WriteLineAsync("second");
        publisher.StandardInput.Close();
        Assert.Equal("2 published\n", await publisher.StandardOutput.ReadToEndAsync());
        await publisher.WaitForExitAsync();
        Assert.Equal(0, publisher.ExitCode);
        Assert.Equal(["first", "second"], await StoredAsync("lines/prompt"));

        string[] many = [.. Enumerable.Range(0, 2500).Select(number => number.ToString(CultureInfo.InvariantCulture))];
        (await server.RunWithAsync(string.Join('\n', many), "publish", "lines/many", "--lines", "-q", "1")).Done();
        Assert.Equal(many, await StoredAsync("lines/many"));

        CliResult refused = await server.RunWithAsync("one\ntwo\n", "publish", "lines/#", "--lines");
        refused.Failed(ExitCode.Refused, "no topic name");
        Assert.Equal("0 published, 2 refused\n", refused.Output);
    }

    [Fact]
    public async Task A_list_follows_the_pages_up_to_its_limit()
    {
        await server.KeepAsync("pages", "pages");
        (await server.RunWithAsync(string.Concat(Enumerable.Range(0, 1200).Select(number => $"{number}\n")), "publish", "pages", "--lines", "-q", "1")).Done();
        CliResult some = (await server.RunAsync("messages", "list", "pages", "--limit", "1100", "-o", "json")).Done();
        Assert.Equal(1100, some.Json.AsArray().Count);
        Assert.Contains("There are more than these 1100", some.Errors, StringComparison.Ordinal);
        CliResult all = (await server.RunAsync("messages", "list", "pages", "--all", "-o", "json")).Done();
        Assert.Equal(Enumerable.Range(0, 1200).Select(number => number.ToString(CultureInfo.InvariantCulture)), all.Json.AsArray().Select(message => message!["payload"]!.GetValue<string>()));
        Assert.Empty(all.Errors);
        Assert.Equal("1199", (await server.RunAsync("messages", "list", "pages", "--newest", "--limit", "1", "-o", "json")).Done().Json[0]!["payload"]!.GetValue<string>());
    }

    [Fact]
    public async Task Retained_messages_are_set_shown_and_removed()
    {
        (await server.RunAsync("retained", "set", "retained/a", "on", "-q", "1")).Done();
        (await server.RunWithAsync("off", "retained", "set", "retained/b", "--expiry", "3600")).Done();
        (await server.RunAsync("publish", "retained/c/d", "x", "--retain")).Done();
        Assert.Equal("on", (await server.RunAsync("retained", "get", "retained/a", "--raw")).Done().Output);
        Assert.Contains("payload", (await server.RunAsync("retained", "get", "retained/b")).Done().Output, StringComparison.Ordinal);
        JsonArray list = (await server.RunAsync("retained", "list", "retained/#", "-o", "json")).Done().Json.AsArray();
        Assert.Equal(["retained/a", "retained/b", "retained/c/d"], list.Select(message => message!["topic"]!.GetValue<string>()));

        (await server.RunAsync("retained", "delete", "retained/a")).Done();
        (await server.RunAsync("retained", "get", "retained/a")).Failed(ExitCode.Refused, "(404 ");
        Assert.Equal("2 match\n", (await server.RunAsync("retained", "clear", "retained/#", "--dry-run")).Done().Output);
        Assert.Equal("2 removed\n", (await server.RunAsync("retained", "clear", "retained/#")).Done().Output);
    }

    [Fact]
    public async Task What_strangers_have_named_does_nothing_to_a_terminal()
    {
        (await server.RunAsync("retained", "set", "terminal", "\u001b]0;owned\u0007\u202e")).Done();
        CliResult table = (await server.RunAsync("retained", "list", "terminal")).Done();
        Assert.Contains("\\u001b]0;owned\\u0007\\u202e", table.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', table.Output);
        CliResult json = (await server.RunAsync("retained", "list", "terminal", "-o", "json")).Done();
        Assert.DoesNotContain('\u001b', json.Output);
        Assert.Equal("\u001b]0;owned\u0007\u202e", json.Json[0]!["payload"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_subscription_shows_messages_as_they_come_and_ends_after_so_many()
    {
        using Process subscriber = CliProcess.Start(server.Administrator, "subscribe", "watched/#", "--count", "2", "-o", "json");
        Task<string> first = subscriber.StandardOutput.ReadLineAsync()!;
        await ServerFixture.UntilAsync(async () =>
        {
            (await server.RunAsync("publish", "watched/a", "1")).Done(); // again until it is there to see it
            return first.IsCompleted;
        });
        Assert.Equal("watched/a", JsonNode.Parse(await first)!["topic"]!.GetValue<string>());
        (await server.RunAsync("publish", "watched/b", "2")).Done();
        Assert.StartsWith("{", await subscriber.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
        await subscriber.WaitForExitAsync();
        Assert.Equal(0, subscriber.ExitCode);
    }

    [Fact]
    public async Task Events_say_who_connects_and_an_interrupt_ends_them_in_order()
    {
        using Process events = CliProcess.Start(server.Administrator, "events", "--kind", "connected", "--client", "seen");
        Task<string> first = events.StandardOutput.ReadLineAsync()!;
        await ServerFixture.UntilAsync(async () =>
        {
            await server.ConnectAsync("seen", "seen");
            return first.IsCompleted;
        });
        Assert.Contains("connected  seen", await first, StringComparison.Ordinal);
        using (Process kill = Process.Start("kill", ["-INT", events.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await events.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(0, events.ExitCode);
    }

    private async Task<List<string>> StoredAsync(string filter) =>
        [.. (await server.RunAsync("messages", "list", filter, "--all", "-o", "json")).Done().Json.AsArray().Select(message => message!["payload"]!.GetValue<string>())];
}
