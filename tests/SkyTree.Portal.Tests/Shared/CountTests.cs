using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Portal.Tests.Harness;
using Xunit;

namespace SkyTree.Portal.Tests.Shared;

public sealed partial class CountTests
{
    [Theory]
    [InlineData(0, "0 rows")]
    [InlineData(1, "1 row")]
    [InlineData(2, "2 rows")]
    [InlineData(1_234_567, "1,234,567 rows")]
    [InlineData(-1, "-1 rows")]
    public void A_text_says_what_is_counted(long number, string text) =>
        Assert.Equal(text, string.Format(CultureInfo.InvariantCulture, "{0:row|rows}", Format.Number(number)));

    [Theory]
    [InlineData(1, "Only 1 node answers.")]
    [InlineData(3, "Only 3 nodes answer.")]
    public void A_text_says_what_they_do(long number, string text) =>
        Assert.Equal(text, string.Format(CultureInfo.InvariantCulture, "Only {0:node answers|nodes answer}.", Format.Number(number)));

    [Fact]
    public void Without_words_it_is_a_number()
    {
        Assert.Equal("1,000", Format.Number(1000));
        Assert.Equal("of 1,000", string.Format(CultureInfo.InvariantCulture, "of {0}", Format.Number(1000)));
    }

    [Theory]
    [InlineData("{0:rows}")]
    [InlineData("{0:row|rows|rowses}")]
    public void Words_for_one_and_for_many_are_two(string text) =>
        Assert.Throws<FormatException>(() => string.Format(CultureInfo.InvariantCulture, text, Format.Number(1)));

    [Fact]
    public void No_text_counts_one_as_many()
    {
        string[] files = Directory.GetFiles(Path.Combine(Repository.Root, "SkyTree.AspNetCore", "Portal"), "*Texts.resx", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (string text in files.SelectMany(file => XDocument.Load(file).Descendants("value")).Select(value => value.Value))
        {
            foreach (Match place in Words().Matches(text))
            {
                Assert.True(place.Groups[1].Value.Split('|').Length == 2, $"'{text}' must have words for one and for any other number.");
            }

            Assert.False(Plural().IsMatch(text), $"'{text}' says '1 {Plural().Match(text).Groups[1].Value}'; write {{0:one|many}}.");
        }
    }

    [GeneratedRegex(@"\{\d:([^}]*)\}")]
    private static partial Regex Words();

    // Things that the portal counts.
    [GeneratedRegex(@"\{\d\} (?:more )?((?:row|message|subscription|session|client|user|node|member|packet|item|connection|level|gap)s)\b")]
    private static partial Regex Plural();
}
