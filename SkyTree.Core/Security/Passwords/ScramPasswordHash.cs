namespace SkyTree.Core.Security.Passwords;

/// <summary>A SCRAM credential as what a password is checked against.</summary>
internal sealed class ScramPasswordHash(ScramCredential credential) : PasswordHash
{
    public ScramCredential Credential => credential;

    public override string Scheme => "scram-sha-256";

    public override bool Verify(ReadOnlySpan<byte> password) => credential.Verify(password);

    public override string Format() => credential.Format();
}
