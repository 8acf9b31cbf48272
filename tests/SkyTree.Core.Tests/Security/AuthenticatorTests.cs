using System.Net;
using SkyTree.Core.Security;
using Xunit;

namespace SkyTree.Core.Tests.Security;

public sealed class AuthenticatorTests
{
    [Theory]
    [InlineData(nameof(AnonymousMode.Loopback), "127.0.0.1", true)]
    [InlineData(nameof(AnonymousMode.Loopback), "127.8.9.10", true)]
    [InlineData(nameof(AnonymousMode.Loopback), "::1", true)]
    [InlineData(nameof(AnonymousMode.Loopback), "::ffff:127.0.0.1", true)]
    [InlineData(nameof(AnonymousMode.Loopback), "192.0.2.1", false)]
    [InlineData(nameof(AnonymousMode.Loopback), "::ffff:192.0.2.1", false)]
    [InlineData(nameof(AnonymousMode.Loopback), null, false)]
    [InlineData(nameof(AnonymousMode.Always), "192.0.2.1", true)]
    [InlineData(nameof(AnonymousMode.Always), null, true)]
    [InlineData(nameof(AnonymousMode.Never), "127.0.0.1", false)]
    public async Task Anonymous_clients_are_admitted_from_where_the_mode_says(string mode, string? address, bool admitted)
    {
        var authenticator = new AnonymousAuthenticator(Enum.Parse<AnonymousMode>(mode));

        AuthenticationVerdict verdict = await authenticator.AuthenticateAsync(Request(null, address), default);

        Assert.Equal(admitted ? AuthenticationVerdict.AdmitAnonymously : AuthenticationVerdict.Refuse, verdict);
    }

    [Theory]
    [InlineData("mallory")]
    [InlineData("")]
    public async Task A_client_that_claims_a_name_is_not_anonymous(string userName)
    {
        var authenticator = new AnonymousAuthenticator(AnonymousMode.Always);

        Assert.Equal(AuthenticationVerdict.Refuse, await authenticator.AuthenticateAsync(Request(userName, "127.0.0.1"), default));
    }

    [Fact]
    public async Task Where_no_user_is_known_a_name_is_ignored_and_the_mode_decides()
    {
        Assert.Equal(
            AuthenticationVerdict.AdmitAnonymously,
            await new AnonymousAuthenticator(AnonymousMode.Loopback, ignoreUserNames: true).AuthenticateAsync(Request("anybody", "127.0.0.1"), default));
        Assert.Equal(
            AuthenticationVerdict.Refuse,
            await new AnonymousAuthenticator(AnonymousMode.Loopback, ignoreUserNames: true).AuthenticateAsync(Request("anybody", "192.0.2.1"), default));
    }

    [Theory]
    [InlineData("device-7", true, nameof(AuthenticationVerdict.Admit))]
    [InlineData("device-7", false, nameof(AuthenticationVerdict.Abstain))]
    [InlineData(null, true, nameof(AuthenticationVerdict.Abstain))]
    [InlineData("", true, nameof(AuthenticationVerdict.Abstain))]
    public async Task A_certificate_admits_only_the_name_that_it_proves(string? userName, bool verified, string expected) =>
        Assert.Equal(Enum.Parse<AuthenticationVerdict>(expected), await new CertificateAuthenticator().AuthenticateAsync(Request(userName, "192.0.2.1", verified), default));

    private static AuthenticationRequest Request(string? userName, string? address, bool verified = false) => new()
    {
        ClientId = "c",
        UserName = userName,
        CertificateVerified = verified,
        RemoteEndPoint = address is null ? null : new IPEndPoint(IPAddress.Parse(address), 50_000),
        Listener = TestUsers.Listener,
    };
}
