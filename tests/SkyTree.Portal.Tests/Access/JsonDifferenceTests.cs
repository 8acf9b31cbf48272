using SkyTree.AspNetCore.Portal.Audit;
using Xunit;

namespace SkyTree.Portal.Tests.Access;

public sealed class JsonDifferenceTests
{
    [Fact]
    public void Each_place_is_compared_and_what_is_gone_comes_last() =>
        Assert.Equal(
            [
                new JsonDifference("role", "viewer", "operator"),
                new JsonDifference("groups[0]", "a", "a"),
                new JsonDifference("rule.qoS", null, "1"),
                new JsonDifference("groups[1]", "b", null),
            ],
            JsonDifference.Of("""{"role":"viewer","groups":["a","b"]}""", """{"role":"operator","groups":["a"],"rule":{"qoS":1}}"""));

    [Fact]
    public void What_is_new_or_gone_has_one_side_and_what_is_no_json_is_one_value()
    {
        Assert.Equal([new JsonDifference("name", null, "x")], JsonDifference.Of(null, """{"name":"x"}"""));
        Assert.Equal([new JsonDifference("name", "x", null)], JsonDifference.Of("""{"name":"x"}""", null));
        Assert.Equal([new JsonDifference("", "{broken", "[]")], JsonDifference.Of("{broken", "[]"));
        Assert.Empty(JsonDifference.Of(null, null));
    }
}
