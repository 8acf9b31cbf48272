using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SkyTree.Core.Admin;
using Xunit;

namespace SkyTree.Web.Tests.Api;

/// <summary>Versions, repeats, payloads, pages, and what people might smuggle in.</summary>
public sealed class ConventionTests(ApiHost host) : IClassFixture<ApiHost>
{
    [Fact]
    public async Task What_somebody_else_has_changed_is_not_overwritten()
    {
        ApiAnswer made = await host.SendAsync("POST", "users", """{"name":"etag","groups":["a"]}""");
        string first = made.Headers["ETag"];
        Assert.Equal("/api/v1/users/etag", made.Headers["Location"]);
        Assert.Equal(first, (await host.SendAsync("GET", "users/etag")).Headers["ETag"]);
        ApiAnswer changed = await host.SendAsync("PATCH", "users/etag", """{"groups":["b"]}""", ("If-Match", first));
        Assert.Equal(200, changed.Status);
        Assert.NotEqual(first, changed.Headers["ETag"]);
        ApiAnswer late = await host.SendAsync("PATCH", "users/etag", """{"groups":["c"]}""", ("If-Match", first));
        Assert.Equal(412, late.Status);
        Assert.Equal(412, (await host.SendAsync("DELETE", "users/etag", null, ("If-Match", first))).Status);
        Assert.Equal("b", (await host.SendAsync("GET", "users/etag")).Json.GetProperty("groups")[0].GetString());
        Assert.Equal((400, "bad_if_match"), StatusAndCode(await host.SendAsync("PATCH", "users/etag", """{"groups":["c"]}""", ("If-Match", "W/\"1\""))));
        Assert.Equal(200, (await host.SendAsync("PATCH", "users/etag", """{"groups":["c"]}""", ("If-Match", "*"))).Status);
        Assert.Equal((409, "user_exists"), StatusAndCode(await host.SendAsync("POST", "users", """{"name":"etag"}""")));
    }

    [Fact]
    public async Task All_rules_are_replaced_at_once_if_nobody_has_changed_any()
    {
        const string Rules = """[{"id":"z","order":2,"rule":{"effect":"deny","topics":["b/#"]}},{"id":"y","order":1,"rule":{"effect":"allow","topics":["b/1"]}}]""";
        string tag = (await host.SendAsync("GET", "acl")).Headers["ETag"];
        ApiAnswer replaced = await host.SendAsync("PUT", "acl", Rules, ("If-Match", tag));
        Assert.Equal(200, replaced.Status);
        Assert.Equal(["y", "z"], replaced.Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()));
        Assert.Equal(412, (await host.SendAsync("PUT", "acl", "[]", ("If-Match", tag))).Status);
        ApiAnswer test = await host.SendAsync("POST", "acl/test", """{"clientId":"c","action":"publish","topic":"b/2"}""");
        Assert.Equal((false, "z"), (test.Json.GetProperty("allowed").GetBoolean(), test.Json.GetProperty("ruleId").GetString()));

        // What was answered can be sent back.
        Assert.Equal(200, (await host.SendAsync("PUT", "acl", replaced.Json.GetProperty("items").GetRawText())).Status);
        Assert.Equal(200, (await host.SendAsync("PUT", "acl", "[]")).Status);
        Assert.Equal((400, "missing_member"), StatusAndCode(await host.SendAsync("POST", "acl", """{"rule":{"topics":["#"]}}""")));
    }

    [Fact]
    public async Task A_repeat_with_the_same_key_is_answered_but_not_done_again()
    {
        (string, string) key = ("Idempotency-Key", "one");
        ApiAnswer first = await host.SendAsync("POST", "bans", """{"clientId":"idem"}""", key);
        Assert.Equal(201, first.Status);
        Assert.False(first.Headers.ContainsKey("Idempotency-Replayed"));
        ApiAnswer again = await host.SendAsync("POST", "bans", """{"clientId":"idem"}""", key);
        Assert.Equal((201, first.Text, first.Headers["Location"], "true"), (again.Status, again.Text, again.Headers["Location"], again.Headers["Idempotency-Replayed"]));
        Assert.Equal(1, (await host.SendAsync("GET", "bans?contains=idem")).Json.GetProperty("items").GetArrayLength());
        Assert.Equal((409, "idempotency_key_reused"), StatusAndCode(await host.SendAsync("POST", "bans", """{"clientId":"other"}""", key)));

        // Of another caller it is another key, and so it is for another route.
        Assert.False((await host.SendAsync("POST", "bans", ApiHost.As(AdminRole.Operator), """{"clientId":"idem"}""", headers: key)).Headers.ContainsKey("Idempotency-Replayed"));
        Assert.False((await host.SendAsync("POST", "publish", """{"topic":"t"}""", key)).Headers.ContainsKey("Idempotency-Replayed"));

        // A mistake is not kept: put right, it is done.
        Assert.Equal(400, (await host.SendAsync("POST", "bans", "{}", ("Idempotency-Key", "two"))).Status);
        Assert.Equal(201, (await host.SendAsync("POST", "bans", """{"clientId":"two"}""", ("Idempotency-Key", "two"))).Status);
        Assert.Equal((400, "bad_idempotency_key"), StatusAndCode(await host.SendAsync("POST", "bans", """{"clientId":"x"}""", ("Idempotency-Key", new string('k', 256)))));
    }

    [Fact]
    public async Task Of_many_at_once_with_the_same_key_one_is_done()
    {
        ApiAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => host.SendAsync("POST", "bans", """{"clientId":"race"}""", ("Idempotency-Key", "race"))));
        Assert.All(answers, answer => Assert.True(answer.Status == 201 || answer.Code == "idempotency_in_progress", answer.Text));
        Assert.Equal(1, (await host.SendAsync("GET", "bans?contains=race")).Json.GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("", "21.5 °C", null)]
    [InlineData("?payload=utf8", "21.5 °C", null)]
    [InlineData("?payload=base64", null, "MjEuNSDCsEM=")]
    [InlineData("?payload=none", null, null)]
    public async Task A_payload_is_answered_as_it_was_asked_for(string query, string? text, string? base64)
    {
        Assert.Equal(200, (await host.SendAsync("PUT", "retained/form/text", """{"payload":"21.5 °C","qos":1}""")).Status);
        JsonElement message = (await host.SendAsync("GET", "retained/form/text" + query)).Json;
        Assert.Equal(text, message.TryGetProperty("payload", out JsonElement asText) ? asText.GetString() : null);
        Assert.Equal(base64, message.TryGetProperty("payloadBase64", out JsonElement asBase64) ? asBase64.GetString() : null);
        Assert.Equal((8, 1), (message.GetProperty("payloadBytes").GetInt32(), message.GetProperty("qos").GetInt32()));
    }

    [Fact]
    public async Task A_payload_that_is_no_text_is_base64()
    {
        Assert.Equal(200, (await host.SendAsync("PUT", "retained/form/bytes", """{"payloadBase64":"/wAB"}""")).Status);
        Assert.Equal("/wAB", (await host.SendAsync("GET", "retained/form/bytes")).Json.GetProperty("payloadBase64").GetString());
        Assert.Equal((400, "two_payloads"), StatusAndCode(await host.SendAsync("PUT", "retained/form/bytes", """{"payload":"","payloadBase64":""}""")));
        Assert.Equal((400, "bad_base64"), StatusAndCode(await host.SendAsync("PUT", "retained/form/bytes", """{"payloadBase64":"%"}""")));
        JsonElement cut = (await host.SendAsync("GET", "retained?filter=form/text&payloadLimit=7")).Json.GetProperty("items");
        Assert.All(cut.EnumerateArray(), item => Assert.True(item.GetProperty("payloadIsCut").GetBoolean()));
    }

    [Theory]
    [InlineData("retained/in/j%2Fx", "in/j/x")]
    [InlineData("retained/in/%252F", "in/%2F")]
    [InlineData("retained/in/a%20b+c", null)]
    [InlineData("retained/in/..%2F..%2Fadmins", "in/../../admins")]
    [InlineData("retained//in/leading", "/in/leading")]
    [InlineData("retained/in/%23", null)]
    [InlineData("retained/in/%00", null)]
    [InlineData("retained/in/%3Fx=1", "in/?x=1")]
    [InlineData("retained/in/%22%3Cscript%3E", "in/\"<script>")]
    [InlineData("retained/%24SYS/broker/version", null)]
    public async Task A_topic_in_the_path_is_that_topic_or_refused(string path, string? topic)
    {
        ApiAnswer answer = await SendRawAsync("PUT", "/api/v1/" + path, """{"payload":"x"}""");
        if (topic is null)
        {
            Assert.InRange(answer.Status, 400, 404);
            return;
        }

        Assert.True(answer.Status == 200, answer.Text);
        Assert.Equal(topic, answer.Json.GetProperty("topic").GetString());
        Assert.Equal("x", (await SendRawAsync("GET", "/api/v1/" + path)).Json.GetProperty("payload").GetString());
    }

    [Theory]
    [InlineData("/api/v1/retained/a/../../../admins")]
    [InlineData("/api/v1/retained/a/%2e%2e/b")]
    [InlineData("/api/v1/sessions/./x")]
    public async Task Dots_in_the_path_lead_nowhere_else(string path)
    {
        string before = await host.SnapshotAsync();
        ApiAnswer answer = await SendRawAsync("DELETE", path);
        Assert.InRange(answer.Status, 400, 405);
        Assert.Equal(before, await host.SnapshotAsync());
    }

    [Theory]
    [InlineData("dev/1")]
    [InlineData("%2F")]
    [InlineData("a b?c#d&e=f")]
    [InlineData("\"'<>{}[]|\\^`;,:@$!*()~")]
    [InlineData("ünï/çödé/漢字/😀")]
    [InlineData("kick")]
    [InlineData("x/kick")]
    public async Task Any_client_identifier_can_be_asked_for(string clientId)
    {
        await host.EnsureSessionAsync(clientId, connected: false);
        ApiAnswer answer = await host.SendAsync("GET", "sessions/" + Uri.EscapeDataString(clientId));
        Assert.Equal((200, clientId), (answer.Status, answer.Json.GetProperty("clientId").GetString()));
        Assert.Equal(204, (await host.SendAsync("DELETE", "sessions/" + Uri.EscapeDataString(clientId))).Status);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_before_it_is_read()
    {
        string large = new('x', 1024 * 1024);
        Assert.Equal((413, "body_too_large"), StatusAndCode(await host.SendAsync("POST", "users", $$"""{"name":"{{large}}"}""")));
        Assert.Equal((413, "body_too_large"), StatusAndCode(await host.SendAsync("POST", "users", $$"""{"name":"{{large}}"}""", ("Idempotency-Key", "large"))));
        Assert.Equal((413, "body_too_large"), StatusAndCode(await host.SendAsync("POST", "publish", $$"""{"topic":"t","payload":"{{new string('x', 4 * 1024 * 1024)}}"}""")));
        Assert.Equal(200, (await host.SendAsync("POST", "publish", $$"""{"topic":"t","payload":"{{large}}"}""")).Status);
        string deep = new('[', 200);
        Assert.Equal((400, "bad_json"), StatusAndCode(await host.SendAsync("POST", "acl", $$"""{"rule":{{deep}}""")));
        Assert.Equal((400, "bad_json"), StatusAndCode(await host.SendAsync("POST", "publish", """{"topic":"a","topic":"b"}""")));
    }

    [Fact]
    public async Task Hostile_fields_of_an_import_stay_fields()
    {
        const string Csv = "name,password,groups,disabled\r\n\"=cmd|' /C calc'!A0\",secret,\"a;b\",false\r\n\"quo\"\"te,comma\",secret,,true\r\n\"line\nbreak\",secret,,false\r\n";
        ApiAnswer imported = await host.SendAsync("POST", "users/import", ApiHost.As(AdminRole.Administrator), Csv, "text/csv");
        Assert.Equal(200, imported.Status);
        Assert.Equal(2, imported.Json.GetProperty("imported").GetInt32());
        Assert.Equal(3, imported.Json.GetProperty("mistakes")[0].GetProperty("place").GetInt32());
        Assert.Equal("quo\"te,comma", (await host.SendAsync("GET", "users/" + Uri.EscapeDataString("quo\"te,comma"))).Json.GetProperty("name").GetString());

        ApiAnswer exported = await host.SendAsync("GET", "users/export?format=csv");
        Assert.Equal("text/csv", exported.Type);
        Assert.DoesNotContain(exported.Text.Split('\n'), line => line.TrimStart('"').StartsWith('='));
        Assert.DoesNotContain("secret", exported.Text, StringComparison.Ordinal);

        ApiAnswer again = await host.SendAsync("POST", "users/import", ApiHost.As(AdminRole.Administrator), exported.Text, "text/csv");
        Assert.Empty(again.Json.GetProperty("mistakes").EnumerateArray());
        Assert.Equal(200, (await host.SendAsync("GET", "users/" + Uri.EscapeDataString("=cmd|' /C calc'!A0"))).Status);
        Assert.Equal(400, (await host.SendAsync("POST", "users/import", ApiHost.As(AdminRole.Administrator), "name\n\"open", "text/csv")).Status);
        Assert.Equal(415, (await host.SendAsync("POST", "users/import", ApiHost.As(AdminRole.Administrator), "x", "text/html")).Status);
    }

    [Fact]
    public async Task Pages_have_each_item_once()
    {
        for (int i = 0; i < 25; i++)
        {
            await host.Broker.Admin.Retained.SetAsync(Caller.Console, new() { Topic = string.Create(CultureInfo.InvariantCulture, $"page/{i}"), Payload = "x"u8.ToArray() });
        }

        List<string> topics = [];
        string? cursor = null;
        do
        {
            JsonElement page = (await host.SendAsync("GET", $"retained?filter=page%2F%2B&limit=7{(cursor is null ? "" : "&cursor=" + cursor)}")).Json;
            topics.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("topic").GetString()!));
            cursor = page.TryGetProperty("next", out JsonElement next) ? next.GetString() : null;
        }
        while (cursor is not null);

        Assert.Equal(25, topics.Count);
        Assert.Equal(25, topics.Distinct().Count());
    }

    [Fact]
    public async Task Groups_are_those_that_users_and_rules_name()
    {
        await host.SendAsync("POST", "users", """{"name":"grouped-1","groups":["list-a","list-b"]}""");
        await host.SendAsync("POST", "users", """{"name":"grouped-2","groups":["list-b"]}""");
        await host.SendAsync("POST", "acl", """{"id":"grouped","rule":{"effect":"allow","topics":["x"],"group":"list-c"}}""");
        ApiAnswer first = await host.SendAsync("GET", "groups?prefix=list-&limit=2");
        Assert.Equal(["list-a 1 0", "list-b 2 0"], Groups(first));
        ApiAnswer rest = await host.SendAsync("GET", $"groups?prefix=list-&limit=2&cursor={first.Json.GetProperty("next").GetString()}");
        Assert.Equal(["list-c 0 1"], Groups(rest));
        await host.SendAsync("DELETE", "users/grouped-1");
        Assert.Equal(["list-b 1 0", "list-c 0 1"], Groups(await host.SendAsync("GET", "groups?prefix=list-")));
        await host.SendAsync("DELETE", "acl/grouped");

        static IEnumerable<string> Groups(ApiAnswer answer) => answer.Json.GetProperty("items").EnumerateArray()
            .Select(group => $"{group.GetProperty("name").GetString()} {group.GetProperty("users").GetInt32()} {group.GetProperty("rules").GetInt32()}");
    }

    [Fact]
    public async Task A_ban_is_changed_by_who_has_seen_it_last()
    {
        ApiAnswer made = await host.SendAsync("POST", "bans", """{"clientId":"edited-*","reason":"noise"}""");
        string id = made.Json.GetProperty("id").GetString()!;
        ApiAnswer changed = await host.SendAsync("PUT", $"bans/{id}", """{"userName":"edited","reason":"still"}""", ("If-Match", made.Headers["ETag"]));
        Assert.Equal(200, changed.Status);
        Assert.Equal(("edited", "still", "admin"), (changed.Json.GetProperty("userName").GetString(), changed.Json.GetProperty("reason").GetString(), changed.Json.GetProperty("createdBy").GetString()));
        Assert.False(changed.Json.TryGetProperty("clientId", out JsonElement clientId) && clientId.ValueKind != JsonValueKind.Null);
        Assert.Equal((412, "version_mismatch"), StatusAndCode(await host.SendAsync("PUT", $"bans/{id}", """{"clientId":"other"}""", ("If-Match", made.Headers["ETag"]))));
        Assert.Equal((400, "bad_ban"), StatusAndCode(await host.SendAsync("PUT", $"bans/{id}", """{"reason":"nobody"}""")));
        Assert.Equal((412, "version_mismatch"), StatusAndCode(await host.SendAsync("DELETE", $"bans/{id}", null, ("If-Match", made.Headers["ETag"]))));
        Assert.Equal(changed.Text, (await host.SendAsync("GET", $"bans/{id}")).Text);
        Assert.Equal(204, (await host.SendAsync("DELETE", $"bans/{id}", null, ("If-Match", changed.Headers["ETag"]))).Status);
    }

    [Fact]
    public async Task Secrets_are_in_no_answer()
    {
        await host.SendAsync("POST", "users", """{"name":"quiet","password":"a very secret one"}""");
        foreach (string path in (string[])["users/quiet", "users", "audit?limit=1000", "config", "admins"])
        {
            string text = (await host.SendAsync("GET", path)).Text;
            Assert.DoesNotContain("very secret", text, StringComparison.Ordinal);
            Assert.DoesNotContain("$argon2", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task How_much_is_logged_changes_while_it_runs_and_what_makes_no_sense_does_not()
    {
        ILogger logger = host.Services.GetRequiredService<ILoggerFactory>().CreateLogger("SkyTree.Chatty.Part");
        Assert.False(logger.IsEnabled(LogLevel.Debug));
        ApiAnswer changed = await host.SendAsync("PATCH", "config", """{"values":{"Logging:LogLevel:SkyTree.Chatty":"Debug"}}""");
        Assert.Equal(200, changed.Status);
        Assert.True(logger.IsEnabled(LogLevel.Debug));
        JsonElement value = (await host.SendAsync("GET", "config?prefix=Logging:LogLevel:SkyTree.Chatty")).Json.GetProperty("items")[0];
        Assert.Equal(("Debug", "changed"), (value.GetProperty("value").GetString(), value.GetProperty("source").GetString()));
        Assert.Equal(200, (await host.SendAsync("PATCH", "config", """{"values":{"Logging:LogLevel:SkyTree.Chatty":null}}""")).Status);
        Assert.False(logger.IsEnabled(LogLevel.Debug));

        string before = await host.SnapshotAsync();
        foreach (string values in (string[])["""{"SkyTree:Data":"elsewhere"}""", """{"Logging:LogLevel:X":"Loud"}""", """{"Logging:LogLevel:X":"Debug","SkyTree:Data":"/"}""", "{}"])
        {
            Assert.Equal((400, "bad_config"), StatusAndCode(await host.SendAsync("PATCH", "config", $$"""{"values":{{values}}}""")));
        }

        Assert.Equal(before, await host.SnapshotAsync());
    }

    [Fact]
    public async Task Unknown_routes_and_methods_are_problems_too()
    {
        Assert.Equal((404, "no_such_route"), StatusAndCode(await host.SendAsync("GET", "wat")));
        Assert.Equal((405, "method_not_allowed"), StatusAndCode(await host.SendAsync("PATCH", "sessions")));
        Assert.Equal((404, "no_such_route"), StatusAndCode(await host.SendAsync("GET", "messages/xyz")));
    }

    [Fact]
    public async Task A_listener_that_is_stopped_admits_nobody_until_it_is_started_and_the_last_of_the_api_stays()
    {
        int port = new Uri((await host.SendAsync("GET", "listeners/spare")).Json.GetProperty("addresses")[0].GetString()!).Port;
        Assert.True(await IsAdmittedAsync(port));
        Assert.False((await host.SendAsync("POST", "listeners/spare/stop")).Json.GetProperty("isOpen").GetBoolean());
        Assert.False(await IsAdmittedAsync(port));
        Assert.True((await host.SendAsync("POST", "listeners/spare/start")).Json.GetProperty("isOpen").GetBoolean());
        Assert.True(await IsAdmittedAsync(port));
        Assert.Equal((409, "last_web_listener"), StatusAndCode(await host.SendAsync("POST", "listeners/http/stop")));
    }

    private static async Task<bool> IsAdmittedAsync(int port)
    {
        using Socket client = new(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await client.ConnectAsync("127.0.0.1", port);
            await client.SendTextAsync(MqttBytes.Connect("spare"));
            return await client.ReceiveTextAsync(1) is [MqttBytes.ConnAckType];
        }
        catch (SocketException)
        {
            return false; // it was closed before it was read
        }
    }

    private static (int Status, string Code) StatusAndCode(ApiAnswer answer) => (answer.Status, answer.Code);

    // Byte for byte: the framework's client would put the path in order first.
    private async Task<ApiAnswer> SendRawAsync(string method, string target, string body = "")
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", host.HttpPort);
        NetworkStream stream = client.GetStream();
        string head = $"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: {ApiHost.As(AdminRole.Administrator)}\r\n"
            + (body.Length > 0 ? string.Create(CultureInfo.InvariantCulture, $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n") : "") + "\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head + body));
        using StreamReader reader = new(stream, Encoding.UTF8);
        string text = await reader.ReadToEndAsync();
        int status = int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture);
        int from = text.IndexOf('{', StringComparison.Ordinal);
        int to = text.LastIndexOf('}');
        return new ApiAnswer(status, text.Contains("problem+json", StringComparison.Ordinal) ? "application/problem+json" : "application/json", from < 0 ? "" : text[from..(to + 1)], new Dictionary<string, string>());
    }
}
