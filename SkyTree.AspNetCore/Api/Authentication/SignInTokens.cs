using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;

namespace SkyTree.AspNetCore.Api.Authentication;

/// <summary>
/// Tokens of logins: a name and the stamp of its password, sealed, for a while. They end with the password; the account is
/// looked up again with each request.
/// </summary>
internal sealed class SignInTokens(IDataProtectionProvider protection, AdminOptions options, Broker broker, TimeProvider time)
{
    private const int LongestToken = 4096;

    private readonly Lazy<IDataProtector> _protector = new(() => protection.CreateProtector("SkyTree.Api.Token.v1"));

    /// <summary>Makes a token.</summary>
    public (string Token, DateTimeOffset ExpiresAt) Create(AdminSignIn signIn)
    {
        DateTimeOffset expiresAt = time.GetUtcNow().AddMinutes(options.TokenMinutes);
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(new Content(signIn.Caller.Name, signIn.Stamp, expiresAt.ToUnixTimeMilliseconds(), Guid.NewGuid()));
        return (System.Buffers.Text.Base64Url.EncodeToString(_protector.Value.Protect(content)), expiresAt);
    }

    /// <summary>The sign-in that a token stands for; null: it is none, has expired, or the account has changed.</summary>
    public AdminSignIn? Resume(string token, string? address) =>
        Read(token) is { } content ? broker.Admin.Accounts.Resume(content.Name, content.Stamp, address) : null;

    private Content? Read(string token)
    {
        if (token.Length > LongestToken || !System.Buffers.Text.Base64Url.IsValid(token))
        {
            return null;
        }

        try
        {
            Content? content = JsonSerializer.Deserialize<Content>(_protector.Value.Unprotect(System.Buffers.Text.Base64Url.DecodeFromChars(token)));
            return content?.ExpiresAtMs > time.GetUtcNow().ToUnixTimeMilliseconds() ? content : null;
        }
        catch (Exception exception) when (exception is CryptographicException or JsonException)
        {
            return null;
        }
    }

    private sealed record Content(string Name, string Stamp, long ExpiresAtMs, Guid Id);
}
