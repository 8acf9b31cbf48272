using System.Buffers;
using CsCheck;
using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Protocol;

public sealed class VariableByteIntegerTests
{
    [Theory]
    [InlineData(0u, "00")]
    [InlineData(127u, "7F")]
    [InlineData(128u, "8001")]
    [InlineData(16_383u, "FF7F")]
    [InlineData(16_384u, "808001")]
    [InlineData(2_097_151u, "FFFF7F")]
    [InlineData(2_097_152u, "80808001")]
    [InlineData(268_435_455u, "FFFFFF7F")]
    [Trait("Spec", "MQTT-1.5.5-1")]
    public void Values_have_the_encoding_of_the_specification_s_table(uint value, string hex)
    {
        byte[] expected = Convert.FromHexString(hex);
        byte[] written = new byte[4];

        Assert.Equal(expected.Length, VariableByteInteger.GetLength(value));
        Assert.Equal(expected.Length, VariableByteInteger.Write(written, value));
        Assert.Equal(expected, written[..expected.Length]);
        Assert.Equal(OperationStatus.Done, VariableByteInteger.TryRead(expected, out uint read, out int length));
        Assert.Equal((value, expected.Length), (read, length));
    }

    [Theory]
    [InlineData("8000")]
    [InlineData("FF00")]
    [InlineData("808000")]
    [InlineData("80808000")]
    [Trait("Spec", "MQTT-1.5.5-1")]
    public void An_encoding_longer_than_the_value_needs_is_refused(string hex) =>
        Assert.Equal(OperationStatus.InvalidData, VariableByteInteger.TryRead(Convert.FromHexString(hex), out _, out _));

    [Theory]
    [InlineData("80808080")]
    [InlineData("FFFFFFFF01")]
    public void A_fifth_byte_is_refused_as_soon_as_the_fourth_announces_it(string hex) =>
        Assert.Equal(OperationStatus.InvalidData, VariableByteInteger.TryRead(Convert.FromHexString(hex), out _, out _));

    [Theory]
    [InlineData("")]
    [InlineData("80")]
    [InlineData("FFFFFF")]
    public void Bytes_that_end_within_it_ask_for_more(string hex) =>
        Assert.Equal(OperationStatus.NeedMoreData, VariableByteInteger.TryRead(Convert.FromHexString(hex), out _, out _));

    [Fact]
    public void Every_value_is_read_as_it_was_written() =>
        Gen.UInt[0, VariableByteInteger.MaximumValue].Sample(
            value =>
            {
                byte[] bytes = new byte[4];
                int length = VariableByteInteger.Write(bytes, value);
                Assert.Equal(VariableByteInteger.GetLength(value), length);
                Assert.Equal(OperationStatus.Done, VariableByteInteger.TryRead(bytes, out uint read, out int readLength));
                Assert.Equal((value, length), (read, readLength));
            },
            iter: 10_000);
}
