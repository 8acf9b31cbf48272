using SkyTree.AspNetCore.Portal.Account;
using Xunit;

namespace SkyTree.Portal.Tests.Account;

public sealed class ReturnAddressTests
{
    [Theory]
    [InlineData("/sessions?state=connected", "/sessions?state=connected")]
    [InlineData("/", "/")]
    [InlineData(null, "/")]
    [InlineData("", "/")]
    [InlineData("https://elsewhere.example/", "/")]
    [InlineData("//elsewhere.example/", "/")]
    [InlineData("/\\elsewhere.example/", "/")]
    [InlineData("/\t/elsewhere.example/", "/")]
    [InlineData("javascript:alert(1)", "/")]
    [InlineData("/login?to=/login", "/")]
    public void It_is_an_address_of_this_site_alone(string? asked, string expected) => Assert.Equal(expected, ReturnAddress.Of(asked, ""));

    [Theory]
    [InlineData("/app/sessions", "/app/sessions")]
    [InlineData("/app", "/app")]
    [InlineData("/application", "/app/")]
    [InlineData("/sessions", "/app/")]
    [InlineData("/app/login?to=/app/login", "/app/")]
    [InlineData(null, "/app/")]
    public void Below_a_prefix_it_is_an_address_of_the_portal_alone(string? asked, string expected) => Assert.Equal(expected, ReturnAddress.Of(asked, "/app"));
}
