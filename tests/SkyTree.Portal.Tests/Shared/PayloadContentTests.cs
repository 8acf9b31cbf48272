using System.Text;
using SkyTree.AspNetCore.Portal.Shared;
using Xunit;

namespace SkyTree.Portal.Tests.Shared;

public sealed class PayloadContentTests
{
    [Theory]
    [InlineData("{\"a\":[1,2]}", PayloadKind.Json)]
    [InlineData("21.5", PayloadKind.Text)]
    [InlineData("{\"a\":", PayloadKind.Text)]
    [InlineData("two\nlines\tand ünïcode", PayloadKind.Text)]
    [InlineData("a null\0in it", PayloadKind.Hex)]
    public void Text_is_shown_as_what_it_is(string payload, PayloadKind best) => Assert.Equal(best, PayloadContent.Of(Encoding.UTF8.GetBytes(payload)).Kinds[0]);

    [Theory]
    [InlineData("89504E470D0A1A0A0000", PayloadKind.Image)]
    [InlineData("A2616101616282020304", PayloadKind.Hex)]
    [InlineData("A2616101616282020300", PayloadKind.Hex)]
    [InlineData("A26161016162820203", PayloadKind.Cbor)]
    [InlineData("FFFE0001", PayloadKind.Hex)]
    [InlineData("C328", PayloadKind.Hex)]
    public void Bytes_are_shown_as_what_they_are(string hex, PayloadKind best) => Assert.Equal(best, PayloadContent.Of(Convert.FromHexString(hex)).Kinds[0]);

    [Fact]
    public void Cbor_is_shown_in_diagnostic_notation() =>
        Assert.Equal("{\n  \"a\": 1,\n  \"b\": [\n    2,\n    h'ff'\n  ]\n}", PayloadContent.Of(Convert.FromHexString("A261610161628202" + "41FF")).Cbor);

    [Fact]
    public void Hex_has_offsets_and_characters() =>
        Assert.Equal("000000  48 69 00                                          Hi.\n", PayloadContent.Of("Hi\0"u8.ToArray()).Hex);

    [Theory]
    [InlineData(PayloadContent.Shown - 1)]
    [InlineData(PayloadContent.Shown)]
    [InlineData(PayloadContent.Shown + 1)]
    public void A_character_at_the_bound_is_not_torn(int before)
    {
        PayloadContent content = PayloadContent.Of(Encoding.UTF8.GetBytes(new string('a', before - 1) + "€uro"));
        Assert.NotNull(content.Text);
        Assert.True(content.IsCut(PayloadKind.Text));
        Assert.DoesNotContain('\uFFFD', content.Text);
    }

    [Fact]
    public void Whatever_the_bytes_are_something_is_shown()
    {
        int seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = new byte[random.Next(0, 64)];
            random.NextBytes(bytes);
            if (bytes.Length > 0 && random.Next(2) == 0)
            {
                bytes[0] = (byte)(0x80 + random.Next(0x60)); // an array, a map or a tag
            }

            Assert.Equal(PayloadKind.Hex, PayloadContent.Of(bytes).Kinds[^1]);
        }
    }
}
