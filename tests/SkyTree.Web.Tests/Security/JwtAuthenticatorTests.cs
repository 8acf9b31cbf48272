using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.AspNetCore.Security.Jwt;
using SkyTree.Core.Listeners;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Access;
using Xunit;

namespace SkyTree.Web.Tests.Security;

/// <summary>Tokens made here by hand, so that wrong ones can be made, too.</summary>
public sealed class JwtAuthenticatorTests : IDisposable
{
    private const string Secret = "a secret of more than thirty-two bytes";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("skytree-test-");
    private readonly RSA _rsa = RSA.Create(2048);

    public void Dispose()
    {
        _rsa.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_token_that_is_right_admits_as_whom_it_names()
    {
        AuthenticationRequest request = Request(Hmac(Claims(groups: new[] { "meters", "valves" }, acl: new { pub = new[] { "a/${clientid}" }, sub = new[] { "b/#" } })));
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync(request));

        Assert.Equal("ada", request.Grant!.UserName);
        Assert.Equal(["meters", "valves"], request.Grant.Groups);
        var authorizer = new RuleAuthorizer(new BrokerSecurity());
        ClientIdentity client = new("c1", "ada", null) { Grant = request.Grant };
        Assert.True(authorizer.MayPublish(client, "a/c1"u8));
        Assert.False(authorizer.MayPublish(client, "a/c2"u8));
        Assert.False(authorizer.MayPublish(client, "b/x"u8));
        Assert.True(authorizer.MaySubscribe(client, "b/+"));
        Assert.False(authorizer.MaySubscribe(client, "#"));
    }

    [Fact]
    public async Task A_key_pair_signs_and_its_public_half_is_no_secret_to_sign_with()
    {
        string pem = _rsa.ExportSubjectPublicKeyInfoPem();
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync(Request(Rsa(Claims())), pem));
        Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync(Request(Hmac(Claims(), key: pem)), pem));
        Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync(Request(Hmac(Claims(), key: pem.Trim())), pem));
    }

    [Fact]
    public async Task What_nobody_has_signed_is_refused()
    {
        string[] parts = Hmac(Claims()).Split('.');
        string none = Part(new { alg = "none", typ = "JWT" });
        foreach (string token in (string[])[$"{none}.{parts[1]}.", $"{none}.{parts[1]}.{parts[2]}", $"{parts[0]}.{parts[1]}.", $"{Part(new { alg = "None" })}.{parts[1]}.", Hmac(Claims(), key: "another secret of thirty-two bytes or more")])
        {
            Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync(Request(token)));
        }
    }

    [Theory]
    [InlineData("aud", "others")]
    [InlineData("aud", null)]
    [InlineData("iss", "others")]
    [InlineData("iss", null)]
    [InlineData("exp", 1_000_000_000)]
    [InlineData("exp", null)]
    [InlineData("nbf", 4_000_000_000)]
    [InlineData("sub", null)]
    [InlineData("sub", "")]
    [InlineData("acl", "everything")]
    public async Task A_claim_that_is_wrong_or_missing_is_refused(string claim, object? value)
    {
        Dictionary<string, object> claims = Claims();
        claims.Remove(claim);
        if (value is not null)
        {
            claims[claim] = value;
        }

        Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync(Request(Hmac(claims))));
    }

    [Fact]
    public async Task The_client_identifier_must_be_the_tokens_where_that_is_asked_for()
    {
        JwtOptions options = Options(Secret) with { ClientIdClaim = "client" };
        Dictionary<string, object> claims = Claims();
        Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync(Request(Hmac(claims)), options));
        claims["client"] = "other";
        Assert.Equal(AuthenticationVerdict.Refuse, await TryAsync(Request(Hmac(claims)), options));
        claims["client"] = "c1";
        Assert.Equal(AuthenticationVerdict.Admit, await TryAsync(Request(Hmac(claims)), options));
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("a.b.c")]
    [InlineData("eyJhbGciOi.x")]
    public async Task A_password_that_is_no_token_is_left_to_others(string password) =>
        Assert.Equal(AuthenticationVerdict.Abstain, await TryAsync(Request(password)));

    [Fact]
    public async Task Without_its_key_set_nobody_is_admitted()
    {
        JwtOptions options = Options(Secret) with { KeyPath = "", JwksUrl = "http://127.0.0.1:1/keys" };
        Assert.Equal(AuthenticationVerdict.Unavailable, await TryAsync(Request(Hmac(Claims())), options));
    }

    private static Dictionary<string, object> Claims(object? groups = null, object? acl = null)
    {
        Dictionary<string, object> claims = new()
        {
            ["iss"] = "https://issuer.example", ["aud"] = "mqtt", ["sub"] = "ada", ["exp"] = DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds(),
        };
        if (groups is not null)
        {
            claims["groups"] = groups;
        }

        if (acl is not null)
        {
            claims["acl"] = acl;
        }

        return claims;
    }

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));

    private static string Hmac(Dictionary<string, object> claims, string key = Secret)
    {
        string signed = $"{Part(new { alg = "HS256", typ = "JWT" })}.{Part(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.ASCII.GetBytes(signed)))}";
    }

    private string Rsa(Dictionary<string, object> claims)
    {
        string signed = $"{Part(new { alg = "RS256", typ = "JWT" })}.{Part(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(_rsa.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static AuthenticationRequest Request(string password) => new()
    {
        ClientId = "c1",
        UserName = "whoever",
        Password = Encoding.UTF8.GetBytes(password),
        Listener = new Listener("test", ListenerKind.Tcp, new ListenerLimits()),
    };

    private JwtOptions Options(string key)
    {
        string path = Path.Combine(_folder.FullName, "key");
        File.WriteAllText(path, key);
        return new JwtOptions { KeyPath = path, Issuer = "https://issuer.example", Audience = "mqtt" };
    }

    private Task<AuthenticationVerdict> TryAsync(AuthenticationRequest request, string key = Secret) => TryAsync(request, Options(key));

    private static async Task<AuthenticationVerdict> TryAsync(AuthenticationRequest request, JwtOptions options)
    {
        using JwtAuthenticator authenticator = new(options, TimeProvider.System, NullLogger<JwtAuthenticator>.Instance);
        return await authenticator.AuthenticateAsync(request, default);
    }
}
