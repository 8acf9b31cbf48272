using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Access;

namespace SkyTree.AspNetCore.Security.Jwt;

/// <summary>
/// Admits clients whose password is a token that a known key has signed, for this audience, by this issuer, in its time. A password
/// that does not look like a token is not its concern; one that does is refused unless it is right.
/// </summary>
internal sealed class JwtAuthenticator : IAuthenticator, IDisposable
{
    private const int LongestToken = 16 * 1024;
    private static readonly DateTime s_endOfTime = DateTime.MaxValue.AddDays(-1); // a claim beyond it is none

    // Each kind of key has algorithms of its own, so that a public key is never taken for a secret.
    private static readonly string[] s_symmetric = [SecurityAlgorithms.HmacSha256, SecurityAlgorithms.HmacSha384, SecurityAlgorithms.HmacSha512];
    private static readonly string[] s_asymmetric =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = LongestToken };
    private readonly JwtOptions _options;
    private readonly JwtKeys _keys;
    private readonly TimeProvider _time;

    public JwtAuthenticator(JwtOptions options, TimeProvider time, ILogger<JwtAuthenticator> logger)
    {
        _options = options;
        _time = time;
        _keys = new JwtKeys(options, time, logger);
    }

    public void Dispose() => _keys.Dispose();

    public async ValueTask<AuthenticationVerdict> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        if (request.Password is not { Length: > 0 and <= LongestToken } password || !LooksLikeToken(password.Span))
        {
            return AuthenticationVerdict.Abstain;
        }

        (AuthenticationVerdict verdict, request.Grant) = await JudgeAsync(password, request.ClientId, cancellationToken);
        return verdict;
    }

    /// <summary>Judges a token.</summary>
    /// <param name="token">What is said to be one.</param>
    /// <param name="clientId">Who shows it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Admit, Refuse or Unavailable; and what the token says of the client it admits.</returns>
    public async ValueTask<(AuthenticationVerdict Verdict, ClientGrant? Grant)> JudgeAsync(ReadOnlyMemory<byte> token, string clientId, CancellationToken cancellationToken)
    {
        if (token.Length is 0 or > LongestToken || !LooksLikeToken(token.Span))
        {
            return (AuthenticationVerdict.Refuse, null);
        }

        try
        {
            if (await _keys.GetAsync(again: false, cancellationToken) is not { } keys)
            {
                return (AuthenticationVerdict.Unavailable, null);
            }

            string text = Encoding.ASCII.GetString(token.Span);
            TokenValidationResult result = await ValidateAsync(text, keys);
            if (!result.IsValid && result.Exception is SecurityTokenInvalidSignatureException)
            {
                keys = await _keys.GetAsync(again: true, cancellationToken) ?? keys; // the issuer may have a new one
                result = await ValidateAsync(text, keys);
            }

            ClientGrant? grant = result.IsValid && result.SecurityToken is JsonWebToken valid ? Read(valid, clientId) : null;
            return (grant is null ? AuthenticationVerdict.Refuse : AuthenticationVerdict.Admit, grant);
        }
        catch (OperationCanceledException)
        {
            return (AuthenticationVerdict.Unavailable, null);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidOperationException or JsonException)
        {
            return (AuthenticationVerdict.Refuse, null); // a claim is of another kind than it should be
        }
    }

    private Task<TokenValidationResult> ValidateAsync(string token, IReadOnlyList<SecurityKey> keys) => _handler.ValidateTokenAsync(token, new TokenValidationParameters
    {
        IssuerSigningKeys = keys,
        ValidAlgorithms = keys.Any(key => key is SymmetricSecurityKey) ? s_symmetric : s_asymmetric,
        RequireSignedTokens = true, // "none" is no signature
        RequireExpirationTime = true,
        RequireAudience = true,
        ValidIssuer = _options.Issuer,
        ValidAudience = _options.Audience,
        ValidateIssuerSigningKey = true,
        ClockSkew = TimeSpan.FromSeconds(_options.ClockSkewSeconds),
        // The skew is taken from the time that it is: a token's own may be the first or the last that there is.
        LifetimeValidator = (from, until, _, parameters) =>
            _time.GetUtcNow().UtcDateTime is var now && until is { } end && now - parameters.ClockSkew <= end && (from is not { } begin || now + parameters.ClockSkew >= begin),
    });

    // Null: it lacks a claim, or has one that makes no sense.
    private ClientGrant? Read(JsonWebToken token, string clientId)
    {
        if (!token.TryGetPayloadValue(_options.UserNameClaim, out string? user) || string.IsNullOrEmpty(user) || user.Length > 1024 || user.Any(char.IsControl)
            || (_options.ClientIdClaim.Length > 0 && (!token.TryGetPayloadValue(_options.ClientIdClaim, out string? claimed) || claimed != clientId))
            || ReadAcl(token) is not { } rules)
        {
            return null;
        }

        return new ClientGrant
        {
            UserName = user,
            Groups = _options.GroupsClaim.Length == 0 ? [] : [.. token.Claims.Where(claim => claim.Type == _options.GroupsClaim).Select(claim => claim.Value).Take(64)],
            Rules = rules,
            ExpiresAt = token.ValidTo < s_endOfTime ? new DateTimeOffset(DateTime.SpecifyKind(token.ValidTo, DateTimeKind.Utc)).AddSeconds(_options.ClockSkewSeconds) : null,
        };
    }

    // From the bytes: a claim that is there must be understood, whatever kind it is of.
    private IReadOnlyList<AccessRule>? ReadAcl(JsonWebToken token)
    {
        if (_options.AclClaim.Length == 0)
        {
            return [];
        }

        using JsonDocument payload = JsonDocument.Parse(Base64Url.DecodeFromChars(token.EncodedPayload));
        return payload.RootElement.TryGetProperty(_options.AclClaim, out JsonElement acl) ? JwtAcl.Read(acl) : [];
    }

    // Three parts of Base64Url; of an unsigned token the last one is empty.
    private static bool LooksLikeToken(ReadOnlySpan<byte> password)
    {
        int dots = 0;
        foreach (byte letter in password)
        {
            dots += letter == (byte)'.' ? 1 : 0;
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter is not ((byte)'-' or (byte)'_' or (byte)'.'))
            {
                return false;
            }
        }

        return dots == 2 && password.StartsWith("eyJ"u8); // {" in Base64
    }
}
