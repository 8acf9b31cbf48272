using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace SkyTree.Web.Tests.Api;

/// <summary>The portal's cookie, which a browser sends along whoever asks it to.</summary>
public sealed partial class CookieTests(ApiHost host) : IClassFixture<ApiHost>
{
    [Fact]
    public async Task The_portal_s_cookie_looks_and_changes_something_only_with_the_antiforgery_token()
    {
        using SocketsHttpHandler handler = new() { CookieContainer = new CookieContainer(), AllowAutoRedirect = false };
        using HttpClient browser = new(handler) { BaseAddress = new Uri($"http://127.0.0.1:{host.HttpPort}") };
        await LogInAsync(browser);
        JsonElement me = JsonElement.Parse(await browser.GetStringAsync("/api/v1/me"));
        Assert.Equal(("admin", "cookie"), (me.GetProperty("name").GetString(), me.GetProperty("way").GetString()));
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync("/docs/")).StatusCode);
        string before = await host.SnapshotAsync();

        // As a page of somebody else could: the cookie comes along, the token does not.
        using HttpResponseMessage forged = await PostAsync(browser, null);
        Assert.Equal(HttpStatusCode.Forbidden, forged.StatusCode);
        Assert.Contains("\"antiforgery\"", await forged.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using HttpResponseMessage guessed = await PostAsync(browser, "CfDJ8guess");
        Assert.Equal(HttpStatusCode.Forbidden, guessed.StatusCode);
        Assert.Equal(before, await host.SnapshotAsync());

        using HttpResponseMessage done = await PostAsync(browser, me.GetProperty("antiforgeryToken").GetString());
        Assert.Equal(HttpStatusCode.Created, done.StatusCode);
        Assert.NotEqual(before, await host.SnapshotAsync());
    }

    private static async Task LogInAsync(HttpClient browser)
    {
        string page = await browser.GetStringAsync("/login");
        Dictionary<string, string> form = Hidden().Matches(page).ToDictionary(match => match.Groups[1].Value, match => WebUtility.HtmlDecode(match.Groups[2].Value));
        form["Form.Name"] = "admin";
        form["Form.Password"] = ApiHost.Password;
        using FormUrlEncodedContent content = new(form);
        using HttpResponseMessage response = await browser.PostAsync("/login", content);
        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient browser, string? token)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/v1/bans") { Content = new StringContent("""{"clientId":"csrf"}""", Encoding.UTF8, "application/json") };
        if (token is not null)
        {
            request.Headers.Add("RequestVerificationToken", token);
        }

        return await browser.SendAsync(request);
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"")]
    private static partial Regex Hidden();
}
