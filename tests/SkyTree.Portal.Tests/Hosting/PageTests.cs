using System.Net;
using SkyTree.Portal.Tests.Harness;
using SkyTree.Web.Tests;
using Xunit;

namespace SkyTree.Portal.Tests.Hosting;

public sealed class PageTests(PortalFixture portal) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = portal.Host.Address };

    [Theory]
    [InlineData("login")]
    [InlineData("")]
    [InlineData("no/such/page")]
    [InlineData("_content/SkyTree.AspNetCore/css/portal.css")]
    public async Task Each_answer_tells_the_browser_what_to_refuse(string address)
    {
        using HttpResponseMessage answer = await _http.GetAsync(address);
        string policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        string[] parts = policy.Split("; ");
        Assert.Contains("default-src 'self'", parts);
        Assert.Contains("script-src 'self'", parts);
        Assert.Contains("frame-ancestors 'none'", parts);
        Assert.Contains("form-action 'self'", parts);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
    }

    [Theory]
    [InlineData("_content/SkyTree.AspNetCore/css/portal.css", "text/css")]
    [InlineData("_content/SkyTree.AspNetCore/js/portal.js", "text/javascript")]
    [InlineData("_content/SkyTree.AspNetCore/favicon.svg", "image/svg+xml")]
    [InlineData("_content/SkyTree.AspNetCore/fonts/roboto-latin.woff2", "font/woff2")]
    [InlineData("_content/MudBlazor/MudBlazor.min.css", "text/css")]
    [InlineData("_framework/blazor.web.js", "text/javascript")]
    public async Task Files_need_no_account(string address, string type)
    {
        using HttpResponseMessage answer = await _http.GetAsync(address);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
        Assert.NotEmpty(await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_circuit_is_for_those_who_have_signed_in()
    {
        using HttpResponseMessage answer = await _http.PostAsync("_blazor/negotiate?negotiateVersion=1", null);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Theory]
    [InlineData("login")]
    [InlineData("logout")]
    public async Task A_form_of_another_site_does_nothing(string address)
    {
        using FormUrlEncodedContent form = new([new("_handler", "login"), new("Form.Name", "admin"), new("Form.Password", PortalHost.Password)]);
        using HttpResponseMessage answer = await _http.PostAsync(address, form);
        Assert.False(answer.Headers.Contains("Set-Cookie") && answer.Headers.GetValues("Set-Cookie").Any(cookie => IsSignIn(cookie)));
        Assert.Equal(address == "login" ? HttpStatusCode.BadRequest : HttpStatusCode.Found, answer.StatusCode);
        Assert.Equal(address == "login", (await answer.Content.ReadAsStringAsync()).Contains("<h1>That could not be understood</h1>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_program_finds_its_pages_wherever_it_is_started()
    {
        await using BrokerProcess broker = BrokerProcess.Start(["--mqtt-port", "0", "--http-port", "0"], ("SKYTREE_ADMIN_PASSWORD", PortalHost.Password));
        int port = BrokerProcess.PortOf(broker.WaitUntilReady(), "http");
        using HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        Assert.Contains("<h1>Sign in</h1>", await http.GetStringAsync("/"), StringComparison.Ordinal);
        Assert.Contains(".st-plain", await http.GetStringAsync("/_content/SkyTree.AspNetCore/css/portal.css"), StringComparison.Ordinal);
    }

    public void Dispose() => _http.Dispose();

    private static bool IsSignIn(string cookie) => cookie.StartsWith("skytree-", StringComparison.Ordinal) && !cookie.StartsWith("skytree-form-", StringComparison.Ordinal);
}
