using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using SkyTree.AspNetCore.Security.Jwt;
using SkyTree.Core.Listeners;
using SkyTree.Core.Security;
using Xunit;

namespace SkyTree.Web.Tests.Security;

/// <summary>Tokens whose keys are fetched from a server: it changes them, fails, and comes back.</summary>
public sealed class KeySetTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private KeySetServer _server = null!;
    private JwtAuthenticator _authenticator = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KeySetServer.StartAsync();
        JwtOptions options = new() { JwksUrl = _server.Url, Issuer = KeySetServer.Issuer, Audience = KeySetServer.Audience, RefreshSeconds = 600 };
        _authenticator = new JwtAuthenticator(options, _time, NullLogger<JwtAuthenticator>.Instance);
    }

    public ValueTask DisposeAsync()
    {
        _authenticator.Dispose();
        return _server.DisposeAsync();
    }

    [Fact]
    public async Task A_key_that_is_new_is_fetched_and_one_that_is_gone_is_forgotten()
    {
        RSA first = _server.Rotate("1");
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync(KeySetServer.Token("1", first)));
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync(KeySetServer.Token("1", first)));
        Assert.Equal(1, _server.Asked);

        RSA second = _server.Rotate("2", ("1", first));
        Pass(TimeSpan.FromSeconds(11));
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync(KeySetServer.Token("2", second)));
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync(KeySetServer.Token("1", first)));
        Assert.Equal(2, _server.Asked);

        RSA third = _server.Rotate("3");
        Pass(TimeSpan.FromSeconds(601));
        Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync(KeySetServer.Token("1", first, TimeSpan.FromHours(1))));
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync(KeySetServer.Token("3", third, TimeSpan.FromHours(1))));
    }

    [Fact]
    public async Task Who_shows_unknown_keys_does_not_make_the_server_be_asked_each_time()
    {
        _server.Rotate("1");
        using RSA stranger = RSA.Create(2048);
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync(KeySetServer.Token($"x{i}", stranger)));
        }

        Assert.InRange(_server.Asked, 1, 2);
    }

    [Theory]
    [InlineData(500, "")]
    [InlineData(404, "{}")]
    [InlineData(302, "{}")]
    [InlineData(200, "no keys")]
    [InlineData(200, """{"keys":[]}""")]
    [InlineData(200, """{"keys":[{"kty":"oct","k":"c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3JldA"}]}""")]
    public async Task A_server_without_keys_admits_nobody(int status, string answer)
    {
        RSA key = _server.Rotate("1");
        _server.Answer(status, answer);
        Assert.Equal(AuthenticationVerdict.Unavailable, await TryAsync(KeySetServer.Token("1", key)));
    }

    [Fact]
    public async Task A_server_that_is_away_admits_nobody_until_it_is_back()
    {
        RSA key = _server.Rotate("1");
        await _server.GoAsync();
        Assert.Equal(AuthenticationVerdict.Unavailable, await TryAsync(KeySetServer.Token("1", key)));
        await _server.ReturnAsync();
        Pass(TimeSpan.FromSeconds(11));
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync(KeySetServer.Token("1", key)));
    }

    [Fact]
    public async Task Keys_that_were_fetched_do_while_the_server_is_away_and_no_others()
    {
        RSA key = _server.Rotate("1");
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync(KeySetServer.Token("1", key)));
        await _server.GoAsync();
        Pass(TimeSpan.FromSeconds(601));
        using RSA stranger = RSA.Create(2048);
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync(KeySetServer.Token("1", key, TimeSpan.FromHours(1))));
        Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync(KeySetServer.Token("1", stranger, TimeSpan.FromHours(1))));
    }

    [Fact]
    public async Task A_token_admits_until_it_expires_and_can_be_shown_by_enhanced_authentication()
    {
        RSA key = _server.Rotate("1");
        DateTimeOffset end = _time.GetUtcNow().AddMinutes(5);
        AuthenticationRequest request = Request(KeySetServer.Token("1", key));
        Assert.Equal(AuthenticationVerdict.Admit, await _authenticator.AuthenticateAsync(request, default));
        Assert.InRange(request.Grant!.ExpiresAt!.Value, end, end.AddMinutes(2));

        var method = new JwtMethod(_authenticator);
        var client = new ClientIdentity("c1", null, null);
        AuthenticationStep step = await method.Begin(client).NextAsync(Encoding.ASCII.GetBytes(KeySetServer.Token("1", key)), default);
        Assert.Equal((AuthenticationOutcome.Succeeded, "ada"), (step.Outcome, step.UserName));
        Assert.Equal(request.Grant.ExpiresAt!.Value, step.Grant!.ExpiresAt!.Value, TimeSpan.FromMinutes(1));
        Assert.Equal(AuthenticationOutcome.Failed, (await method.Begin(client).NextAsync("secret"u8.ToArray(), default)).Outcome);
        Assert.Equal(AuthenticationOutcome.Failed, (await method.Begin(client).NextAsync(default, default)).Outcome);
    }

    private void Pass(TimeSpan time) => _time.Advance(time);

    private ValueTask<AuthenticationVerdict> TryAsync(string token) => _authenticator.AuthenticateAsync(Request(token), default);

    private static AuthenticationRequest Request(string token) => new()
    {
        ClientId = "c1",
        Password = Encoding.ASCII.GetBytes(token),
        Listener = new Listener("test", ListenerKind.Tcp, new ListenerLimits()),
    };
}
