using SkyTree.Core.Security;
using Xunit;

namespace SkyTree.Core.Tests.Security;

public sealed class NamePatternTests
{
    [Theory]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "ab", false)]
    [InlineData("*", "", true)]
    [InlineData("*", "anything", true)]
    [InlineData("a*c", "abc", true)]
    [InlineData("a*c", "ac", true)]
    [InlineData("a*c", "acb", false)]
    [InlineData("*-7", "meter-7", true)]
    [InlineData("*-7", "meter-77", false)]
    [InlineData("a*b*c", "aXbYbZc", true)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    public void An_asterisk_stands_for_anything(string pattern, string name, bool fits) => Assert.Equal(fits, NamePattern.Fits(pattern, name));
}
