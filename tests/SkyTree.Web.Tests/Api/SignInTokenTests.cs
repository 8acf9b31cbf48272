using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Time.Testing;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.Core.Admin;
using Xunit;

namespace SkyTree.Web.Tests.Api;

/// <summary>Tokens of logins.</summary>
public sealed class SignInTokenTests(ApiHost host) : IClassFixture<ApiHost>
{
    [Fact]
    public async Task A_token_holds_for_its_minutes_and_no_longer()
    {
        FakeTimeProvider clock = new(DateTimeOffset.UtcNow);
        SignInTokens tokens = new(new EphemeralDataProtectionProvider(), new AdminOptions { TokenMinutes = 30 }, host.Broker, clock);
        (string token, DateTimeOffset expiresAt) = tokens.Create(await host.Broker.Admin.Accounts.SignInAsync("viewer", ApiHost.Password, "127.0.0.1"));
        Assert.Equal(clock.GetUtcNow().AddMinutes(30), expiresAt);
        clock.Advance(TimeSpan.FromMinutes(30) - TimeSpan.FromSeconds(1));
        Assert.Equal("viewer", tokens.Resume(token, "127.0.0.1")?.Caller.Name);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(tokens.Resume(token, "127.0.0.1"));
    }

    [Fact]
    public async Task A_token_that_was_changed_anywhere_is_none()
    {
        SignInTokens tokens = new(new EphemeralDataProtectionProvider(), new AdminOptions(), host.Broker, TimeProvider.System);
        (string token, _) = tokens.Create(await host.Broker.Admin.Accounts.SignInAsync("viewer", ApiHost.Password, "127.0.0.1"));
        for (int i = 0; i < token.Length - 1; i++)
        {
            string changed = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            Assert.Null(tokens.Resume(changed, "127.0.0.1"));
        }
    }
}
