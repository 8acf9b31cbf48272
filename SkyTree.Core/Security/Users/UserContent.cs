using SkyTree.Core.Registry;
using SkyTree.Core.Security.Passwords;

namespace SkyTree.Core.Security.Users;

/// <summary>A user that devices connect as, as it is kept.</summary>
internal sealed record UserContent
{
    /// <summary>The password in a text form of <see cref="PasswordHash"/>; null: there is none, only a certificate or a token will do.</summary>
    public string? Password { get; init; }

    /// <summary>The credential for SCRAM-SHA-256, made where the password was known.</summary>
    public string? Scram { get; init; }

    public IReadOnlyList<string> Groups { get; init; } = [];

    public bool IsDisabled { get; init; }

    public long CreatedAtMs { get; init; }

    public long PasswordChangedAtMs { get; init; }

    /// <summary>Another number whenever who is connected as the user must show a password anew.</summary>
    public long Generation { get; init; }

    public static UserContent Of(RegistryEntry entry) => entry.Read(Decoded.Of).Content;

    /// <summary>The hash: the same object as long as the entry is.</summary>
    public static PasswordHash? HashOf(RegistryEntry entry) => entry.Read(Decoded.Of).Hash;

    public static ScramCredential? ScramOf(RegistryEntry entry) => entry.Read(Decoded.Of).Scram;

    /// <summary>What may be seen of it.</summary>
    public string Shown() => RegistryJson.Text(new { Groups, IsDisabled, HasPassword = Password is not null });

    private sealed record Decoded(UserContent Content, PasswordHash? Hash, ScramCredential? Scram)
    {
        public static Decoded Of(RegistryEntry entry)
        {
            UserContent content = RegistryJson.Decode<UserContent>(entry);
            PasswordHash? hash = PasswordHash.TryParse(content.Password, out PasswordHash? parsed, out _) ? parsed : null;
            ScramCredential? scram = hash is ScramPasswordHash own ? own.Credential
                : ScramCredential.TryParse(content.Scram, out ScramCredential? beside, out _) ? beside
                : null;
            return new Decoded(content, hash, scram);
        }
    }
}
