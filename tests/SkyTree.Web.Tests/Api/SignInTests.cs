using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;
using Xunit;

namespace SkyTree.Web.Tests.Api;

/// <summary>Showing who one is.</summary>
public sealed class SignInTests(ApiHost host) : IClassFixture<ApiHost>
{
    [Fact]
    public async Task A_login_gives_a_token_that_ends_with_the_password()
    {
        await host.Broker.Admin.Accounts.CreateAsync(Caller.Console, "ann", AdminRole.Operator, ApiHost.Password, mustChangePassword: false);
        ApiAnswer login = await host.SendAsync("POST", "login", null, $$"""{"name":"ann","password":"{{ApiHost.Password}}"}""");
        Assert.Equal(200, login.Status);
        AuthenticationHeaderValue token = new("Bearer", login.Json.GetProperty("accessToken").GetString());
        ApiAnswer me = await host.SendAsync("GET", "me", token);
        Assert.Equal(("ann", "operator", "token"), (me.Json.GetProperty("name").GetString(), me.Json.GetProperty("role").GetString(), me.Json.GetProperty("way").GetString()));
        Assert.Equal(200, (await host.SendAsync("GET", "sessions", token)).Status);
        Assert.Equal(403, (await host.SendAsync("GET", "admins", token)).Status);

        await host.Broker.Admin.Accounts.SetPasswordAsync(Caller.Console, "ann", "entirely different", mustChangePassword: false);
        Assert.Equal((401, "bad_credentials"), StatusAndCode(await host.SendAsync("GET", "me", token)));
    }

    [Fact]
    public async Task A_role_counts_from_the_next_request_on_and_so_does_being_disabled()
    {
        await host.Broker.Admin.Accounts.CreateAsync(Caller.Console, "bob", AdminRole.Administrator, ApiHost.Password, mustChangePassword: false);
        ApiAnswer login = await host.SendAsync("POST", "login", null, $$"""{"name":"bob","password":"{{ApiHost.Password}}"}""");
        AuthenticationHeaderValue token = new("Bearer", login.Json.GetProperty("accessToken").GetString());
        Assert.Equal(200, (await host.SendAsync("GET", "admins", token)).Status);
        await host.SendAsync("PATCH", "admins/bob", """{"role":"viewer"}""");
        Assert.Equal(403, (await host.SendAsync("GET", "admins", token)).Status);
        await host.SendAsync("PATCH", "admins/bob", """{"isDisabled":true}""");
        Assert.Equal(401, (await host.SendAsync("GET", "me", token)).Status);
        Assert.Equal(401, (await host.SendAsync("GET", "me", ApiHost.Basic("bob"))).Status);
    }

    [Fact]
    public async Task Who_must_change_a_password_can_do_nothing_else()
    {
        await host.Broker.Admin.Accounts.CreateAsync(Caller.Console, "new", AdminRole.Administrator, ApiHost.Password, mustChangePassword: true);
        AuthenticationHeaderValue credentials = ApiHost.Basic("new");
        Assert.Equal((403, "password_change_required"), StatusAndCode(await host.SendAsync("GET", "sessions", credentials)));
        Assert.Equal((403, "password_change_required"), StatusAndCode(await host.SendAsync("POST", "publish", credentials, """{"topic":"t"}""")));
        Assert.Equal((403, "password_change_required"), StatusAndCode(await host.SendAsync("GET", "/openapi/v1.json", credentials)));
        Assert.True((await host.SendAsync("GET", "me", credentials)).Json.GetProperty("mustChangePassword").GetBoolean());
        ApiAnswer changed = await host.SendAsync("POST", "me/password", credentials, $$"""{"current":"{{ApiHost.Password}}","password":"a new beginning"}""");
        Assert.Equal(200, changed.Status);
        Assert.Equal(200, (await host.SendAsync("GET", "sessions", ApiHost.Bearer(changed.Json.GetProperty("accessToken").GetString()!))).Status);
        Assert.Equal(200, (await host.SendAsync("GET", "sessions", ApiHost.Basic("new", "a new beginning"))).Status);
    }

    [Fact]
    public async Task A_key_is_taken_by_bearer_and_by_basic_until_it_is_disabled_or_removed()
    {
        NewApiKey key = await host.MakeKeyAsync(AdminRole.Viewer);
        AuthenticationHeaderValue bearer = new("Bearer", key.Token);
        AuthenticationHeaderValue basic = ApiHost.Basic(key.Key.Id, key.Token[(key.Key.Id.Length + 1)..]);
        Assert.Equal("key:" + key.Key.Id, (await host.SendAsync("GET", "me", bearer)).Json.GetProperty("name").GetString());
        Assert.Equal("apiKey", (await host.SendAsync("GET", "me", basic)).Json.GetProperty("way").GetString());
        await host.SendAsync("PATCH", $"api-keys/{key.Key.Id}", """{"isDisabled":true}""");
        Assert.Equal((401, "bad_credentials"), StatusAndCode(await host.SendAsync("GET", "me", bearer)));
        await host.SendAsync("PATCH", $"api-keys/{key.Key.Id}", """{"isDisabled":false}""");
        Assert.Equal(200, (await host.SendAsync("GET", "me", bearer)).Status);
        Assert.Equal(204, (await host.SendAsync("DELETE", $"api-keys/{key.Key.Id}")).Status);
        Assert.Equal((401, "bad_credentials"), StatusAndCode(await host.SendAsync("GET", "me", bearer)));
        Assert.Equal((401, "bad_credentials"), StatusAndCode(await host.SendAsync("GET", "me", basic)));
    }

    [Fact]
    public async Task A_key_that_has_expired_is_refused()
    {
        NewApiKey key = await host.MakeKeyAsync(AdminRole.Viewer, expiresAt: DateTimeOffset.UtcNow.AddSeconds(-1));
        Assert.Equal((401, "bad_credentials"), StatusAndCode(await host.SendAsync("GET", "me", ApiHost.Bearer(key.Token))));
    }

    [Fact]
    public async Task A_key_is_made_by_the_api_once_with_its_token_and_never_shown_again()
    {
        ApiAnswer made = await host.SendAsync("POST", "api-keys", """{"name":"ci","role":"viewer","scopes":["stats:read"]}""");
        string token = made.Json.GetProperty("token").GetString()!;
        Assert.Equal(200, (await host.SendAsync("GET", "stats", ApiHost.Bearer(token))).Status);
        Assert.DoesNotContain(token.Split('.')[1], (await host.SendAsync("GET", "api-keys")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Split('.')[1], (await host.SendAsync("GET", "audit")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Basic", "!!!")]
    [InlineData("Basic", "bm9jb2xvbg==")]
    [InlineData("Basic", "")]
    [InlineData("Bearer", "nonsense")]
    [InlineData("Bearer", "abc.def")]
    [InlineData("Bearer", "")]
    [InlineData("Digest", "username=admin")]
    [InlineData("Negotiate", "abc")]
    public async Task A_header_that_is_none_is_refused(string scheme, string parameter)
    {
        ApiAnswer answer = await host.SendAsync("GET", "me", null, null, headers: ("Authorization", $"{scheme} {parameter}"));
        Assert.Equal((401, "bad_credentials"), (answer.Status, answer.Code));
    }

    [Fact]
    public async Task A_login_that_fails_says_the_same_of_every_name()
    {
        ApiAnswer known = await host.SendAsync("POST", "login", null, """{"name":"viewer","password":"wrong"}""");
        ApiAnswer unknown = await host.SendAsync("POST", "login", null, """{"name":"nobody","password":"wrong"}""");
        Assert.Equal((401, "bad_credentials"), StatusAndCode(known));
        Assert.Equal(known.Text, unknown.Text);
    }

    [Fact]
    public async Task A_token_of_another_broker_is_none()
    {
        AuthenticationHeaderValue forged = new("Bearer", Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"Name":"admin","Stamp":"x","ExpiresAtMs":9999999999999}""")).TrimEnd('='));
        Assert.Equal((401, "bad_credentials"), StatusAndCode(await host.SendAsync("GET", "me", forged)));
    }

    private static (int Status, string Code) StatusAndCode(ApiAnswer answer) => (answer.Status, answer.Code);
}

/// <summary>Guessing passwords. Of a host of its own: it locks the address out.</summary>
public sealed class LockoutTests(ApiHost host) : IClassFixture<ApiHost>
{
    [Fact]
    public async Task Guessing_makes_one_wait_even_with_the_right_password()
    {
        ApiAnswer answer;
        int tries = 0;
        do
        {
            answer = await host.SendAsync("POST", "login", null, string.Create(CultureInfo.InvariantCulture, $$"""{"name":"operator","password":"guess {{tries}}"}"""));
            Assert.Contains(answer.Status, (int[])[401, 429]);
        }
        while (answer.Status == 401 && ++tries < 50);

        Assert.Equal((429, "locked_out"), (answer.Status, answer.Code));
        Assert.Equal(5, tries);
        Assert.InRange(int.Parse(answer.Headers["Retry-After"], CultureInfo.InvariantCulture), 1, 5);
        Assert.Equal((429, "locked_out"), StatusAndCode(await host.SendAsync("POST", "login", null, $$"""{"name":"operator","password":"{{ApiHost.Password}}"}""")));
        Assert.Equal((429, "locked_out"), StatusAndCode(await host.SendAsync("GET", "me", ApiHost.As(AdminRole.Operator))));

        // Others from the same address may go on, for a while.
        Assert.Equal(200, (await host.SendAsync("GET", "me", ApiHost.As(AdminRole.Viewer))).Status);
        Assert.Equal((401, "bad_credentials"), StatusAndCode(await host.SendAsync("GET", "me", ApiHost.Basic("nobody", "guess"))));
    }

    private static (int Status, string Code) StatusAndCode(ApiAnswer answer) => (answer.Status, answer.Code);
}
