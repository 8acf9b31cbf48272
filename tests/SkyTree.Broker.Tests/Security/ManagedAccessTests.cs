using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Access;
using SkyTree.Core.Admin.Drops;
using SkyTree.Core.Admin.Users;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Access;

namespace SkyTree.Broker.Tests.Security;

/// <summary>What people configure while the broker runs reaches who connects and who is connected.</summary>
public sealed class ManagedAccessTests : IAsyncLifetime
{
    private static readonly Caller s_root = new("root", AdminRole.Administrator, null);

    private readonly BrokerSecurity _security = new();
    private TestBroker _broker = null!;

    private BrokerAdmin Admin => _broker.Broker.Admin;

    public async ValueTask InitializeAsync() => _broker = await TestBroker.StartAsync(security: _security);

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Theory]
    [InlineData(5, "banned")]
    [InlineData(4, "not-authorized")]
    public async Task Who_is_banned_is_refused(int level, string reason)
    {
        await Admin.Bans.CreateAsync(s_root, "bad-*", null, null, expiresAt: _broker.Time.GetUtcNow().AddMinutes(1));
        Assert.Equal(reason, await ConnectAsync("client=bad-1 clean=1", level));
        Assert.Equal("success", await ConnectAsync("client=good clean=1", level));

        _broker.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("success", await ConnectAsync("client=bad-1 clean=1", level));
    }

    [Fact]
    public async Task Who_is_connected_goes_when_a_ban_is_made()
    {
        TestClient client = await _broker.ConnectAsync("client=a clean=1");
        TestClient other = await _broker.ConnectAsync("client=b clean=1");
        Ban ban = await Admin.Bans.CreateAsync(s_root, "a", null, null, "it floods");

        Packet disconnect = await client.ReceiveAsync("DISCONNECT");
        Assert.Equal("administrative-action", disconnect.Reasons[0]);
        Assert.Equal("banned", await ConnectAsync("client=a clean=1", 5));
        await other.SendAsync("PINGREQ");
        await other.ReceiveAsync("PINGRESP");
        await Admin.Bans.DeleteAsync(s_root, ban.Id);
        Assert.Equal("success", await ConnectAsync("client=a clean=1", 5));
    }

    [Fact]
    public async Task Who_is_connected_goes_when_its_user_is_disabled()
    {
        await Admin.Users.CreateAsync(s_root, new UserImport("ada", "secret"));
        TestClient client = await _broker.ConnectAsync("client=a clean=1 username=ada password=secret");
        TestClient other = await _broker.ConnectAsync("client=b clean=1");
        await Admin.Users.ChangeAsync(s_root, "ada", isDisabled: true);

        Assert.Equal("administrative-action", (await client.ReceiveAsync("DISCONNECT")).Reasons[0]);
        await other.SendAsync("PINGREQ");
        await other.ReceiveAsync("PINGRESP");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_is_connected_goes_when_its_users_password_is_changed_unless_it_is_to_stay(bool keepConnections)
    {
        await Admin.Users.CreateAsync(s_root, new UserImport("ada", "secret"));
        TestClient client = await _broker.ConnectAsync("client=a clean=1 username=ada password=secret");
        TestClient other = await _broker.ConnectAsync("client=b clean=1");
        await Admin.Users.ChangeAsync(s_root, "ada", groups: ["staff"]);
        await Admin.Users.SetPasswordAsync(s_root, "ada", "another", keepConnections: keepConnections);
        if (keepConnections)
        {
            Ban ban = await Admin.Bans.CreateAsync(s_root, "b", null, null); // whoever is looked for is looked for by now
            await other.ReceiveAsync("DISCONNECT");
            await Admin.Bans.DeleteAsync(s_root, ban.Id);
            await client.ExpectSilenceAsync();
        }
        else
        {
            Assert.Equal("administrative-action", (await client.ReceiveAsync("DISCONNECT")).Reasons[0]);
            await other.ExpectSilenceAsync();
        }

        Assert.Equal("bad-user-name-or-password", await ConnectAsync("client=c clean=1 username=ada password=secret", 5));
        Assert.Equal("success", await ConnectAsync("client=c clean=1 username=ada password=another", 5));
    }

    [Fact]
    public async Task Who_is_connected_stays_when_its_user_is_imported_with_the_hash_it_has()
    {
        await Admin.Users.CreateAsync(s_root, new UserImport("ada", "secret"));
        await Admin.Users.CreateAsync(s_root, new UserImport("bob", "secret"));
        TestClient ada = await _broker.ConnectAsync("client=a clean=1 username=ada password=secret");
        TestClient bob = await _broker.ConnectAsync("client=b clean=1 username=bob password=secret");
        UserImport[] users = [.. await Admin.Users.ExportAsync(s_root)];
        await Admin.Users.ImportAsync(s_root, [users[0], users[1] with { PasswordHash = users[0].PasswordHash }]);
        Assert.Equal("administrative-action", (await bob.ReceiveAsync("DISCONNECT")).Reasons[0]);
        await ada.ExpectSilenceAsync();
    }

    [Fact]
    public async Task What_a_rule_forbids_is_answered_and_counted()
    {
        await Admin.Access.CreateAsync(s_root, new AccessRule { Effect = AccessEffect.Deny, Topics = ["secret/#"] });
        TestClient client = await _broker.ConnectAsync("client=a clean=1");
        await client.SendAsync("PUBLISH secret/a qos=1 id=1");
        Assert.Equal("not-authorized", (await client.ReceiveAsync("PUBACK")).Reasons[0]);
        await client.SendAsync("SUBSCRIBE id=2 # qos=0 open qos=1");
        Assert.Equal(["not-authorized", "granted-qos-1"], (await client.ReceiveAsync("SUBACK")).Reasons);
        Assert.Equal(1, _broker.Broker.Drops[DropReason.NotAuthorized]);
        Assert.Equal(1, _broker.Broker.Drops[DropReason.SubscribeNotAuthorized]);
        DropTotalItem refused = Assert.Single((await Admin.Drops.ListTotalsAsync(s_root, new DropQuery { Reason = DropReason.SubscribeNotAuthorized }, null, 10)).Items);
        Assert.Equal(("a", "#"), (refused.ClientId, refused.Topic));
    }

    [Fact]
    public async Task Who_guesses_passwords_must_wait()
    {
        await Admin.Users.CreateAsync(s_root, new UserImport("ada", "secret"));
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal("bad-user-name-or-password", await ConnectAsync($"client=a{i} clean=1 username=ada password=wrong", 5));
        }

        Assert.Equal("connection-rate-exceeded", await ConnectAsync("client=a clean=1 username=ada password=secret", 5));
        Assert.Equal("success", await ConnectAsync("client=b clean=1", 5));
        _broker.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("success", await ConnectAsync("client=a clean=1 username=ada password=secret", 5));
    }

    private async Task<string> ConnectAsync(string connect, int level)
    {
        TestClient client = _broker.Open(level);
        await client.SendAsync($"CONNECT {connect}");
        return (await client.ReceiveAsync("CONNACK")).Reasons[0];
    }
}
