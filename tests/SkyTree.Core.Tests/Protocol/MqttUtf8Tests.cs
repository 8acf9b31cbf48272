using System.Text;
using CsCheck;
using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

public sealed class MqttUtf8Tests
{
    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("sensors/kitchen/temperature/with/a/long/enough/name/for/vectors")]
    [InlineData("é日本😀")]
    [InlineData("\uFEFF")]
    [InlineData("\u0001\u007F\u009F\uFFFE\uFFFF")]
    public void Text_is_well_formed(string text) => Assert.True(MqttUtf8.IsWellFormed(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("00")]
    [InlineData("6100")]
    [InlineData("6161616161616161616161616161616161616161616161616161616161616161616100")]
    [Trait("Spec", "MQTT-1.5.4-2")]
    public void The_null_character_is_refused(string hex) => Assert.False(MqttUtf8.IsWellFormed(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("EDA080")]
    [InlineData("EDBFBF")]
    [InlineData("EDA080EDB080")]
    [Trait("Spec", "MQTT-1.5.4-1")]
    public void Surrogates_are_refused(string hex) => Assert.False(MqttUtf8.IsWellFormed(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("C080")]
    [InlineData("C1BF")]
    [InlineData("E08080")]
    [InlineData("F0808080")]
    [InlineData("F4908080")]
    [InlineData("80")]
    [InlineData("C3")]
    [InlineData("E697")]
    [InlineData("FF")]
    public void Overlong_truncated_and_other_illegal_sequences_are_refused(string hex) =>
        Assert.False(MqttUtf8.IsWellFormed(Convert.FromHexString(hex)));

    [Fact]
    public void Bytes_are_well_formed_exactly_if_a_strict_decoder_takes_them_and_finds_no_null()
    {
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        Gen.OneOf(Gen.Byte, Gen.Byte[0x7E, 0xF5]).Array[0, 6].Sample(
            bytes => Assert.Equal(IsTakenBy(strict, bytes), MqttUtf8.IsWellFormed(bytes)),
            iter: 20_000);
    }

    [Fact]
    public void Text_can_be_sent_exactly_if_its_bytes_are_well_formed() =>
        Gen.OneOf(Gen.Char['a', 'c'], Gen.Char['\uD7FE', '\uE001'], Gen.Char['\0', '\u0001']).Array[0, 6].Sample(
            chars =>
            {
                string text = new(chars);
                bool isWhole = true;
                foreach (Rune rune in text.EnumerateRunes())
                {
                    // The alphabet has no U+FFFD of its own: it stands for a lone surrogate.
                    isWhole &= rune != Rune.ReplacementChar && rune.Value != 0;
                }

                Assert.Equal(isWhole, MqttUtf8.TryGetLength(text, out int length));
                Assert.True(!isWhole || length == Encoding.UTF8.GetByteCount(text));
            },
            iter: 20_000);

    [Fact]
    public void Text_of_more_than_65535_bytes_cannot_be_sent()
    {
        Assert.True(MqttUtf8.TryGetLength(new string('x', 65_535), out _));
        Assert.False(MqttUtf8.TryGetLength(new string('x', 65_534) + "é", out _));
    }

    private static bool IsTakenBy(UTF8Encoding strict, byte[] bytes)
    {
        try
        {
            return !strict.GetString(bytes).Contains('\0', StringComparison.Ordinal);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
