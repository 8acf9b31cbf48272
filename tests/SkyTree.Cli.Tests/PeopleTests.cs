using System.Text.Json.Nodes;
using Xunit;

namespace SkyTree.Cli.Tests;

/// <summary>Users, rules and bans.</summary>
public sealed class PeopleTests(ServerFixture server)
{
    [Fact]
    public async Task Users_are_made_changed_and_removed()
    {
        (await server.RunWithAsync("a secret\n", "users", "add", "u-1", "--group", "sensors", "--group", "hall-1")).Done();
        await File.WriteAllTextAsync(server.PathOf("password.txt"), "another\nnot this\n");
        (await server.RunAsync("users", "add", "u-2", "--password-file", server.PathOf("password.txt"))).Done();
        (await server.RunAsync("users", "add", "u/3", "--no-password")).Done();
        (await server.RunAsync("users", "add", "u-4")).Failed(ExitCode.Usage, "Password: there is none");
        (await server.RunAsync("users", "add", "u-1", "--no-password")).Failed(ExitCode.Refused, "(409 ");

        CliResult list = (await server.RunAsync("users", "list", "--prefix", "u")).Done();
        Assert.Equal(["name", "u-1", "u-2", "u/3"], list.Output.TrimEnd().Split('\n').Select(line => line.Split(' ')[0]));
        Assert.Contains("hall-1, sensors", list.Output.Replace("sensors, hall-1", "hall-1, sensors", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.False((await server.RunAsync("users", "show", "u/3", "-o", "json")).Done().Json["hasPassword"]!.GetValue<bool>());

        (await server.RunWithAsync("a third\n", "users", "password", "u/3")).Done();
        Assert.True((await server.RunAsync("users", "show", "u/3", "-o", "json")).Done().Json["hasPassword"]!.GetValue<bool>());
        (await server.RunAsync("users", "groups", "u-1", "gateways")).Done();
        Assert.Equal(["u-1"], (await server.RunAsync("users", "list", "--group", "gateways", "-o", "json")).Done().Json.AsArray().Select(user => user!["name"]!.GetValue<string>()));
        (await server.RunAsync("users", "groups", "u-1")).Done();
        Assert.Empty((await server.RunAsync("users", "list", "--group", "gateways", "-o", "json")).Done().Json.AsArray());

        (await server.RunAsync("users", "disable", "u-1", "u-2")).Done();
        Assert.True((await server.RunAsync("users", "show", "u-2", "-o", "json")).Done().Json["isDisabled"]!.GetValue<bool>());
        (await server.RunAsync("users", "enable", "u-2")).Done();
        Assert.False((await server.RunAsync("users", "show", "u-2", "-o", "json")).Done().Json["isDisabled"]!.GetValue<bool>());
        (await server.RunAsync("users", "delete", "u-1", "u-2", "u/3")).Done();
        (await server.RunAsync("users", "delete", "u-1")).Failed(ExitCode.Refused, "(404 ");
    }

    [Theory]
    [InlineData("json")]
    [InlineData("csv")]
    public async Task What_is_exported_can_be_imported(string format)
    {
        string file = server.PathOf($"users.{format}");
        string name = $"export-{format}";
        (await server.RunWithAsync("a secret\n", "users", "add", name, "--group", "sensors")).Done();
        (await server.RunAsync("users", "export", file)).Done();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        (await server.RunAsync("users", "export", file)).Failed(ExitCode.Refused, "is there already");
        (await server.RunAsync("users", "delete", name)).Done();
        (await server.RunAsync("users", "import", file)).Done();
        JsonNode user = (await server.RunAsync("users", "show", name, "-o", "json")).Done().Json;
        Assert.True(user["hasPassword"]!.GetValue<bool>());
        Assert.Equal("sensors", user["groups"]!.AsArray().Single()!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_wrong_in_an_import_is_named_and_the_rest_is_taken()
    {
        string file = server.PathOf("mistakes.csv");
        await File.WriteAllTextAsync(file, "name,password,groups\nimport-1,a secret,\n,a secret,\n");
        CliResult result = (await server.RunAsync("users", "import", file)).Failed(ExitCode.Refused, "2");
        Assert.Equal("1 users made or replaced\n", result.Output);
        (await server.RunAsync("users", "show", "import-1")).Done();
        (await server.RunAsync("users", "import", server.PathOf("users.txt"))).Failed(ExitCode.Refused, "users.txt");
    }

    [Fact]
    public async Task Rules_decide_as_they_were_made()
    {
        (await server.RunAsync("acl", "add", "allow", "--action", "publish", "--topic", "rooms/${username}/#", "--group", "guests", "--id", "own-room", "--comment", "each in theirs")).Done();
        (await server.RunAsync("acl", "add", "deny", "--topic", "rooms/#", "--topic", "halls/#", "--user", "guest", "--id", "no-rooms")).Done();
        CliResult list = (await server.RunAsync("acl", "list")).Done();
        Assert.Contains("own-room", list.Output, StringComparison.Ordinal);
        Assert.Contains("rooms/#, halls/#", list.Output, StringComparison.Ordinal);
        Assert.Equal(2, (await server.RunAsync("acl", "list", "-o", "json")).Done().Json["items"]!.AsArray().Count(rule => rule!["id"]!.GetValue<string>() is "own-room" or "no-rooms"));
        CliResult denied = await server.RunAsync("acl", "test", "c", "subscribe", "rooms/1", "--user", "guest");
        Assert.Equal((1, "denied by rule no-rooms\n"), (denied.ExitCode, denied.Output));
        Assert.StartsWith("allowed", (await server.RunAsync("acl", "test", "c", "publish", "elsewhere", "--user", "guest", "--address", "192.0.2.1")).Done().Output, StringComparison.Ordinal);
        (await server.RunAsync("acl", "delete", "own-room", "no-rooms")).Done();
        (await server.RunAsync("acl", "test", "c", "subscribe", "rooms/1", "--user", "guest")).Done();
    }

    [Fact]
    public async Task Bans_end_by_themselves_or_are_removed()
    {
        JsonNode ban = (await server.RunAsync("bans", "add", "--client", "banned-*", "--address", "192.0.2.0/24", "--for", "2h", "--reason", "floods", "-o", "json")).Done().Json;
        Assert.Equal("floods", ban["reason"]!.GetValue<string>());
        TimeSpan left = DateTimeOffset.Parse(ban["expiresAt"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture) - DateTimeOffset.UtcNow;
        Assert.InRange(left, TimeSpan.FromMinutes(100), TimeSpan.FromMinutes(120));
        Assert.Contains("banned-*", (await server.RunAsync("bans", "list", "--contains", "banned")).Done().Output, StringComparison.Ordinal);
        (await server.RunAsync("bans", "delete", ban["id"]!.GetValue<string>())).Done();
        Assert.Empty((await server.RunAsync("bans", "list", "--contains", "banned", "-o", "json")).Done().Json.AsArray());
    }
}
