using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace SkyTree.Cli.Tests;

/// <summary>Which server is asked, by whom, and what a script sees of it.</summary>
public sealed class ConnectionTests(ServerFixture server)
{
    [Fact]
    public async Task Who_has_not_said_who_they_are_is_told_how_to()
    {
        CliResult result = await CliProcess.RunAsync(server.Stranger, null, "status", "--server", server.Url);
        result.Failed(ExitCode.Usage, "skytree login");
    }

    [Theory]
    [InlineData(ExitCode.Usage, "nonsense")]
    [InlineData(ExitCode.Usage, "users")]
    [InlineData(ExitCode.Usage, "users", "add")]
    [InlineData(ExitCode.Usage, "status", "--output", "xml")]
    [InlineData(ExitCode.Usage, "status", "--server", "broker:8080")]
    [InlineData(ExitCode.Usage, "status", "--timeout", "0")]
    [InlineData(ExitCode.Usage, "sessions", "list", "--limit", "0")]
    [InlineData(ExitCode.Usage, "sessions", "delete", "..")]
    [InlineData(ExitCode.Usage, "sessions", "delete", "")]
    [InlineData(ExitCode.Usage, "bans", "add", "--client", "x", "--for", "soon")]
    [InlineData(ExitCode.Usage, "publish", "t", "text", "--file", "f")]
    [InlineData(ExitCode.Usage, "publish", "t", "text", "--property", "no-value")]
    [InlineData(ExitCode.Usage, "config", "set", "SkyTree:Mqtt:MaximumInflight")]
    [InlineData(ExitCode.Usage, "status", "--profile", "of-nobody")]
    [InlineData(ExitCode.Usage, "status", "--insecure", "--ca-file", "f")]
    [InlineData(ExitCode.Refused, "status", "--api-key-file", "there-is-no-such-file")]
    [InlineData(ExitCode.Unreachable, "status", "--server", "http://127.0.0.1:1")]
    [InlineData(ExitCode.Unreachable, "subscribe", "#", "--server", "http://127.0.0.1:1")]
    [InlineData(ExitCode.Unreachable, "backup", "never-written", "--server", "http://127.0.0.1:1")]
    public async Task A_mistake_is_one_line_and_its_own_exit_code(int exitCode, params string[] arguments) => (await server.RunAsync(arguments)).Failed(exitCode, "");

    [Fact]
    public async Task What_the_server_refuses_is_its_own_words_in_one_line()
    {
        CliResult result = (await server.RunAsync("users", "show", "nobody")).Failed(ExitCode.Refused, "(404 ");
        Assert.Single(result.Errors.TrimEnd().Split('\n'));
        (await server.RunAsync("bans", "add")).Failed(ExitCode.Refused, "(400 ");
        (await server.RunAsync("drops", "list", "--reason", "boredom")).Failed(ExitCode.Refused, "reason");

        Dictionary<string, string> wrong = new(server.Administrator) { ["SKYTREE_USER"] = "viewer-of-nothing" };
        (await CliProcess.RunAsync(wrong, null, "status")).Failed(ExitCode.Refused, "(401 ");
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up_and_one_that_is_no_skytree_is_recognized()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        (await server.RunAsync("status", "--timeout", "1", "--server", $"http://{silent.LocalEndpoint}")).Failed(ExitCode.Unreachable, "does not answer within 1 s");

        using TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();
        Task answer = AnswerAsync(other, "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n");
        (await server.RunAsync("status", "--server", $"http://{other.LocalEndpoint}")).Failed(ExitCode.Refused, "sends to http://192.0.2.1/");
        await answer;
        answer = AnswerAsync(other, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>");
        (await server.RunAsync("status", "--server", $"http://{other.LocalEndpoint}")).Failed(ExitCode.Unreachable, "no SkyTree");
        await answer;
    }

    [Fact]
    public async Task A_login_is_kept_for_its_own_server_in_a_file_that_nobody_else_can_read()
    {
        string file = server.PathOf("profiles/of/mine.json");
        Dictionary<string, string> mine = new() { ["SKYTREE_PROFILES"] = file };
        (await CliProcess.RunAsync(mine, "wrong\n", "login", "--server", server.Url)).Failed(ExitCode.Refused, "(401 ");
        Assert.False(File.Exists(file));

        (await CliProcess.RunAsync(mine, $"{ServerFixture.Password}\n", "login", "--server", server.Url)).Done();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.DoesNotContain(ServerFixture.Password, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        Assert.StartsWith("admin, administrator", (await CliProcess.RunAsync(mine, null, "whoami")).Done().Output, StringComparison.Ordinal);

        // Another server is not shown it.
        using TcpListener other = new(IPAddress.Loopback, 0);
        other.Start();
        (await CliProcess.RunAsync(mine, null, "whoami", "--server", $"http://{other.LocalEndpoint}")).Failed(ExitCode.Usage, "who asks");
        Assert.False(other.Pending());

        // A key beside it, under a name.
        JsonNode key = await MakeKeyAsync("viewer");
        await File.WriteAllTextAsync(server.PathOf("key.txt"), key["token"]!.GetValue<string>() + "\n");
        (await CliProcess.RunAsync(mine, null, "login", "--profile", "watch", "--server", server.Url, "--api-key-file", server.PathOf("key.txt"))).Done();
        Assert.Contains("viewer", (await CliProcess.RunAsync(mine, null, "whoami", "--profile", "watch")).Done().Output, StringComparison.Ordinal);
        (await CliProcess.RunAsync(mine, null, "users", "disable", "x", "--profile", "watch")).Failed(ExitCode.Refused, "(403 ");

        // A token that has ended is not sent.
        JsonNode profiles = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        profiles["default"]!["expiresAt"] = "2020-01-01T00:00:00Z";
        await File.WriteAllTextAsync(file, profiles.ToJsonString());
        (await CliProcess.RunAsync(mine, null, "whoami")).Failed(ExitCode.Usage, "run 'skytree login' again");

        (await CliProcess.RunAsync(mine, null, "logout")).Done();
        (await CliProcess.RunAsync(mine, null, "logout")).Failed(ExitCode.Refused, "there is no profile 'default'");
        (await CliProcess.RunAsync(mine, null, "whoami", "--profile", "watch")).Done();

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        (await CliProcess.RunAsync(mine, null, "whoami", "--profile", "watch")).Failed(ExitCode.Refused, "can be read by others");
    }

    [Fact]
    public async Task A_key_of_a_variable_counts_more_than_a_name_and_a_password()
    {
        JsonNode key = await MakeKeyAsync("operator");
        Dictionary<string, string> both = new(server.Administrator) { ["SKYTREE_API_KEY"] = key["token"]!.GetValue<string>() };
        Assert.Contains(", operator,", (await CliProcess.RunAsync(both, null, "whoami")).Done().Output, StringComparison.Ordinal);

        Dictionary<string, string> half = new(server.Administrator);
        half.Remove("SKYTREE_PASSWORD");
        (await CliProcess.RunAsync(half, null, "whoami")).Failed(ExitCode.Usage, "belong together");
    }

    [Fact]
    public async Task A_certificate_is_believed_from_the_named_file_only()
    {
        (await server.RunAsync("whoami", "--server", server.SecureUrl)).Failed(ExitCode.Unreachable, "certificate");
        (await server.RunAsync("whoami", "--server", server.SecureUrl, "--ca-file", server.CertificatePath)).Done();
        (await server.RunAsync("whoami", "--server", server.SecureUrl.Replace("localhost", "127.0.0.1", StringComparison.Ordinal), "--ca-file", server.CertificatePath))
            .Failed(ExitCode.Unreachable, "certificate");
        (await server.RunAsync("whoami", "--server", server.SecureUrl, "--ca-file", server.PathOf("server.key"))).Failed(ExitCode.Usage, "no certificate");
        (await server.RunAsync("whoami", "--server", server.SecureUrl, "--insecure")).Done();
    }

    private async Task<JsonNode> MakeKeyAsync(string role)
    {
        using HttpClient http = new() { BaseAddress = new Uri(server.Url) };
        http.DefaultRequestHeaders.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"admin:{ServerFixture.Password}")));
        using StringContent body = new($$"""{"name":"test","role":"{{role}}"}""", Encoding.UTF8, "application/json");
        HttpResponseMessage response = await http.PostAsync("api/v1/api-keys", body);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    private static async Task AnswerAsync(TcpListener listener, string answer)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        await using NetworkStream stream = client.GetStream();
        byte[] request = new byte[4096];
        await stream.ReadAtLeastAsync(request, 1);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
        client.Client.Shutdown(SocketShutdown.Send);
        while (await stream.ReadAsync(request) > 0)
        {
        }
    }
}
