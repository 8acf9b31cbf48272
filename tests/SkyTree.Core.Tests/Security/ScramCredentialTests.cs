using System.Text;
using SkyTree.Core.Security;
using Xunit;

namespace SkyTree.Core.Tests.Security;

public sealed class ScramCredentialTests
{
    private static readonly string Salt = Convert.ToBase64String(new byte[16]);
    private static readonly string Key = Convert.ToBase64String(new byte[32]);

    [Fact]
    public void A_password_verifies_against_its_own_credential_and_no_other()
    {
        ScramCredential credential = TestUsers.Credential("correct horse");

        Assert.True(credential.Verify("correct horse"u8));
        Assert.False(credential.Verify("correct horse "u8));
        Assert.False(credential.Verify("Correct horse"u8));
        Assert.False(credential.Verify([]));
    }

    [Fact]
    public void Text_and_back_is_the_same_credential()
    {
        string text = TestUsers.Credential("secret").Format();

        ScramCredential parsed = ScramCredential.Parse(text);

        Assert.StartsWith("SCRAM-SHA-256$4096:", text);
        Assert.Equal(text, parsed.Format());
        Assert.True(parsed.Verify("secret"u8));
    }

    [Fact]
    public void The_keys_are_those_that_others_compute()
    {
        // From PBKDF2 and HMAC done by another program, for the user of RFC 7677, 3.
        ScramCredential credential = ScramCredential.Derive("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);

        Assert.Equal(
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
            credential.Format());
    }

    [Fact]
    public void Two_credentials_of_one_password_share_nothing() =>
        Assert.NotEqual(TestUsers.Credential("same").Format().Split('$')[2], TestUsers.Credential("same").Format().Split('$')[2]);

    [Fact]
    public void What_it_holds_does_not_leak_through_ToString() =>
        Assert.Equal("SCRAM-SHA-256$4096", TestUsers.Credential("secret").ToString());

    [Theory]
    [InlineData("")]
    [InlineData("with\ttab")]
    [InlineData("nul\0")]
    [InlineData("private \uE000")]
    [InlineData("mark \u202E")]
    [InlineData("\uD800 alone")]
    [InlineData("\u200B")]
    public void A_password_that_nobody_could_type_is_refused(string password)
    {
        Assert.Throws<ArgumentException>(() => ScramCredential.Create(password, ScramCredential.MinimumIterations));
        Assert.False(TestUsers.Credential("secret").Verify(Encoding.UTF8.GetBytes(password)));
    }

    [Fact]
    public void A_password_of_1024_bytes_is_taken_and_a_longer_one_is_not()
    {
        string longest = new('x', 1024);

        Assert.True(TestUsers.Credential(longest).Verify(Encoding.UTF8.GetBytes(longest)));
        Assert.Throws<ArgumentException>(() => TestUsers.Credential(longest + "x"));
        Assert.False(TestUsers.Credential(longest).Verify(Encoding.UTF8.GetBytes(longest + "x")));
    }

    [Fact]
    public void Unusual_spaces_and_invisible_characters_make_no_difference() =>
        Assert.True(TestUsers.Credential("blue\u00A0sk\u00ADy \u00E9").Verify("blue sky \u00E9"u8));

    [Fact]
    public void Ill_formed_utf8_matches_nothing() => Assert.False(TestUsers.Credential("\uFFFDx".Replace("\uFFFD", "y")).Verify([0xFF, (byte)'x']));

    [Theory]
    [InlineData(4095)]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(10_000_001)]
    public void Too_few_and_too_many_iterations_are_refused(int iterations)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ScramCredential.Create("secret", iterations));
        Assert.False(ScramCredential.TryParse($"SCRAM-SHA-256${iterations}:{Salt}${Key}:{Key}", out _, out string? error));
        Assert.Contains("iteration", error);
    }

    [Fact]
    public void Only_the_exact_text_form_is_read()
    {
        Assert.True(ScramCredential.TryParse($"SCRAM-SHA-256$4096:{Salt}${Key}:{Key}", out _, out _));
        string[] wrong =
        [
            "", "secret", $"SCRAM-SHA-1$4096:{Salt}${Key}:{Key}", $"scram-sha-256$4096:{Salt}${Key}:{Key}",
            $"SCRAM-SHA-256$4096:{Salt}${Key}", $"SCRAM-SHA-256$4096${Key}:{Key}", $"SCRAM-SHA-256$4096:{Salt}${Key}:{Key}$",
            $"SCRAM-SHA-256$4096:{Salt}${Key}:{Key}:{Key}", $"SCRAM-SHA-256$ 4096:{Salt}${Key}:{Key}", $"SCRAM-SHA-256$04096:{Salt}${Key}:{Key}",
            $"SCRAM-SHA-256$+4096:{Salt}${Key}:{Key}", $"SCRAM-SHA-256$4096:${Key}:{Key}", $"SCRAM-SHA-256$4096:{Salt[..^1]}${Key}:{Key}",
            $"SCRAM-SHA-256$4096:{Salt}$ {Key}:{Key}", $"SCRAM-SHA-256$4096:{Salt}${Salt}:{Key}", $"SCRAM-SHA-256$4096:{Salt}${Key}:{Salt}",
            $"SCRAM-SHA-256$4096:{Salt}${Key}:{Key}\n", $"SCRAM-SHA-256$4096:{Convert.ToBase64String(new byte[65])}${Key}:{Key}",
            $"SCRAM-SHA-256$4096:{Salt}${Key[..^2]}B=:{Key}", new string('$', 100_000),
        ];
        Assert.All(wrong, text =>
        {
            Assert.False(ScramCredential.TryParse(text, out ScramCredential? credential, out string? error));
            Assert.Null(credential);
            Assert.NotEmpty(error);
        });
    }

    [Fact]
    public void An_error_does_not_repeat_what_was_given()
    {
        FormatException error = Assert.Throws<FormatException>(() => ScramCredential.Parse("my-plain-password"));
        Assert.DoesNotContain("my-plain-password", error.Message);
    }
}
