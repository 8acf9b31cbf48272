using System.Text;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Passwords;
using Xunit;

namespace SkyTree.Core.Tests.Security;

public sealed class PasswordHashTests
{
    // Made by other programs: the argon2 reference tool, OpenBSD's bcrypt test, Python's hashlib in passlib's text form.
    [Theory]
    [InlineData("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", "password")]
    [InlineData("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U")]
    [InlineData("$pbkdf2-sha256$i=4096$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o", "password")]
    public void Hashes_of_other_programs_are_understood(string text, string password)
    {
        Assert.True(PasswordHash.TryParse(text, out PasswordHash? hash, out string? error), error);
        Assert.True(hash.Verify(Encoding.UTF8.GetBytes(password)));
        Assert.False(hash.Verify(Encoding.UTF8.GetBytes(password + "x")));
        Assert.False(hash.Verify([]));
        Assert.Equal(text, hash.Format());
        Assert.DoesNotContain(text[^10..], hash.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_made_is_argon2id_and_is_read_again()
    {
        string text = PasswordHash.Create("secret"u8).Format();
        Assert.StartsWith("$argon2id$v=19$m=19456,t=2,p=1$", text, StringComparison.Ordinal);
        Assert.True(PasswordHash.TryParse(text, out PasswordHash? hash, out _));
        Assert.True(hash.IsCurrent);
        Assert.True(hash.Verify("secret"u8));
        Assert.False(hash.Verify("Secret"u8));
    }

    [Fact]
    public void A_scram_credential_is_one_too()
    {
        Assert.True(PasswordHash.TryParse(ScramCredential.Create("secret").Format(), out PasswordHash? hash, out _));
        Assert.True(hash.Verify("secret"u8));
        Assert.False(hash.Verify("other"u8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")]
    [InlineData("$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")]
    [InlineData("$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$")]
    [InlineData("$2a$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("$2a$05$short")]
    [InlineData("$pbkdf2-md5$i=4096$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o")]
    [InlineData("$pbkdf2-sha256$i=99999999$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o")]
    public void What_is_no_hash_or_would_take_for_ever_is_refused(string text)
    {
        Assert.False(PasswordHash.TryParse(text, out _, out string? error));
        Assert.NotEmpty(error);
    }
}
