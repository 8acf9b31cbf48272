using System.Security.Cryptography;
using System.Text;
using SkyTree.Core.Registry;
using SkyTree.Core.Security.Passwords;

namespace SkyTree.Core.Admin.Accounts;

/// <summary>An admin account as it is kept.</summary>
internal sealed record AccountContent
{
    public AdminRole Role { get; init; }

    public string Password { get; init; } = "";

    public bool IsDisabled { get; init; }

    public bool MustChangePassword { get; init; }

    public long CreatedAtMs { get; init; }

    public long PasswordChangedAtMs { get; init; }

    public static AccountContent Of(RegistryEntry entry) => entry.Read(Decoded.Of).Content;

    /// <summary>The hash, the same object as long as the entry is: what was checked once is remembered by it.</summary>
    public static PasswordHash? HashOf(RegistryEntry entry) => entry.Read(Decoded.Of).Hash;

    public RegistryChange Set(string name, long? expected) => new(RegistryCollection.Admins, name, RegistryJson.Encode(this)) { Expected = expected };

    /// <summary>What may be seen of it.</summary>
    public string Shown() => RegistryJson.Text(new { Role, IsDisabled, MustChangePassword });

    public string Stamp() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Password)).AsSpan(0, 16));

    private sealed record Decoded(AccountContent Content, PasswordHash? Hash)
    {
        public static Decoded Of(RegistryEntry entry)
        {
            AccountContent content = RegistryJson.Decode<AccountContent>(entry);
            return new Decoded(content, PasswordHash.TryParse(content.Password, out PasswordHash? hash, out _) ? hash : null);
        }
    }
}
