using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;
using Xunit;

namespace SkyTree.Core.Tests.Admin;

public sealed class ApiKeysTests : IAsyncLifetime
{
    private AdminHarness _harness = null!;

    private ApiKeys Keys => _harness.Admin.ApiKeys;

    private static Caller Root => AdminHarness.Root;

    public async ValueTask InitializeAsync() => _harness = await AdminHarness.StartAsync();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_key_may_do_what_its_role_and_its_scopes_both_allow()
    {
        NewApiKey key = await Keys.CreateAsync(Root, "dashboard", AdminRole.Operator, ["sessions:write", "topics:read", "users:write"]);
        Caller caller = Keys.Authenticate(key.Token, "10.0.0.2");

        Assert.Equal("key:" + key.Key.Id, caller.Name);
        Assert.True(caller.May(AdminArea.Sessions, AdminAccess.Write));
        Assert.True(caller.May(AdminArea.Sessions, AdminAccess.Read));
        Assert.True(caller.May(AdminArea.Topics, AdminAccess.Read));
        Assert.False(caller.May(AdminArea.Retained, AdminAccess.Read));
        Assert.False(caller.May(AdminArea.Users, AdminAccess.Write)); // above its role
    }

    [Fact]
    public async Task An_expired_a_disabled_and_a_removed_key_are_refused()
    {
        NewApiKey expiring = await Keys.CreateAsync(Root, "expiring", AdminRole.Viewer, expiresAt: _harness.Time.GetUtcNow().AddMinutes(1));
        NewApiKey other = await Keys.CreateAsync(Root, "other", AdminRole.Viewer);
        Keys.Authenticate(expiring.Token, null);
        _harness.Time.Advance(TimeSpan.FromMinutes(1));
        Refuses(expiring.Token);

        await Keys.ChangeAsync(Root, other.Key.Id, key => key with { IsDisabled = true });
        Refuses(other.Token);
        await Keys.ChangeAsync(Root, other.Key.Id, key => key with { IsDisabled = false });
        Keys.Authenticate(other.Token, null);
        await Keys.DeleteAsync(Root, other.Key.Id);
        Refuses(other.Token);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("nobody.secret")]
    [InlineData("{id}.")]
    [InlineData("{id}.wrong")]
    [InlineData("{id}")]
    public async Task What_is_no_key_is_refused(string token)
    {
        NewApiKey key = await Keys.CreateAsync(Root, "key", AdminRole.Viewer);
        Refuses(token.Replace("{id}", key.Key.Id, StringComparison.Ordinal));
        Refuses(key.Token + "x");
        Refuses(key.Token[..^1]);
    }

    [Fact]
    public async Task Nobody_makes_a_key_that_may_more_than_they()
    {
        Caller limited = Keys.Authenticate((await Keys.CreateAsync(Root, "maker", AdminRole.Administrator, ["apiKeys:write", "topics:read"])).Token, null);
        await Keys.CreateAsync(limited, "same", AdminRole.Administrator, ["topics:read"]);
        await _harness.FailsAndChangesNothingAsync(AdminError.Denied, "wider_than_caller", () => Keys.CreateAsync(limited, "all", AdminRole.Administrator).Ignore());
        await _harness.FailsAndChangesNothingAsync(AdminError.Denied, "wider_than_caller", () => Keys.CreateAsync(limited, "more", AdminRole.Administrator, ["users:write"]).Ignore());
        await _harness.FailsAndChangesNothingAsync(AdminError.Denied, "denied", () => Keys.CreateAsync(new Caller("o", AdminRole.Operator, null), "o", AdminRole.Viewer).Ignore());
    }

    [Fact]
    public async Task Mistakes_are_told_by_field()
    {
        AdminException mistake = await AdminHarness.FailsAsync(AdminError.Invalid, "bad_api_key", () => Keys.CreateAsync(Root, "", AdminRole.None, ["everything", "topics:read,write"]).Ignore());
        Assert.Equal(["name", "role", "scopes"], mistake.Fields.Keys.Order());
    }

    [Fact]
    public async Task The_secret_is_nowhere_but_in_the_answer()
    {
        NewApiKey key = await Keys.CreateAsync(Root, "key", AdminRole.Viewer);
        string secret = key.Token.Split('.')[1];
        Assert.DoesNotContain(secret, string.Join('\n', _harness.Audit()), StringComparison.Ordinal);
        Assert.DoesNotContain(secret, Keys.Get(Root, key.Key.Id).ToString(), StringComparison.Ordinal);
    }

    private void Refuses(string token) =>
        Assert.Equal("bad_credentials", Assert.Throws<AdminException>(() => Keys.Authenticate(token, null)).Code);
}
