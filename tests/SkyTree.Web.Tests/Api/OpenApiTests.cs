using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core.Admin;
using Xunit;

namespace SkyTree.Web.Tests.Api;

/// <summary>The description of the API against the API.</summary>
public sealed partial class OpenApiTests(ApiHost host) : IClassFixture<ApiHost>
{
    [Fact]
    public async Task Every_route_is_described_and_nothing_else()
    {
        JsonElement document = await ReadAsync();
        string[] described =
        [
            .. document.GetProperty("paths").EnumerateObject()
                .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}")).Order(StringComparer.Ordinal),
        ];
        string[] mapped =
        [
            .. host.Endpoints.SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods
                .Select(method => $"{method} {PathOf(endpoint)}")).Order(StringComparer.Ordinal),
        ];
        Assert.Equal(mapped, described);
    }

    [Fact]
    public async Task Each_is_named_summarized_and_says_how_it_fails_and_what_it_needs()
    {
        JsonElement document = await ReadAsync();
        HashSet<string> names = [];
        foreach (JsonProperty path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (JsonProperty operation in path.Value.EnumerateObject())
            {
                string key = $"{operation.Name} {path.Name}";
                Assert.True(names.Add(operation.Value.GetProperty("operationId").GetString()!), key);
                Assert.NotEqual("", operation.Value.GetProperty("summary").GetString());
                JsonElement responses = operation.Value.GetProperty("responses");
                Assert.Contains(responses.EnumerateObject(), response => response.Name is "200" or "201" or "202" or "204");
                foreach (string status in (string[])["400", "401", "403", "429", "503"])
                {
                    Assert.Equal(
                        "#/components/schemas/Problem",
                        responses.GetProperty(status).GetProperty("content").GetProperty("application/problem+json").GetProperty("schema").GetProperty("$ref").GetString());
                }

                Assert.Equal(path.Name != "/api/v1/login", operation.Value.TryGetProperty("security", out JsonElement security) && security.GetArrayLength() == 2);
            }
        }

        foreach (RouteEndpoint endpoint in host.Endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<ApiAccess>() is not null))
        {
            JsonElement operation = document.GetProperty("paths").GetProperty(PathOf(endpoint))
                .GetProperty(endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods[0].ToLowerInvariant());
            Assert.Contains("Needs the scope", operation.GetProperty("description").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_parameter_that_a_route_takes_is_described()
    {
        JsonElement document = await ReadAsync();
        foreach (RouteEndpoint endpoint in host.Endpoints)
        {
            JsonElement operation = document.GetProperty("paths").GetProperty(PathOf(endpoint))
                .GetProperty(endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods[0].ToLowerInvariant());
            string[] described = operation.TryGetProperty("parameters", out JsonElement parameters)
                ? [.. parameters.EnumerateArray().Where(parameter => parameter.GetProperty("in").GetString() != "header").Select(parameter => parameter.GetProperty("name").GetString()!).Order(StringComparer.Ordinal)]
                : [];
            string[] taken = [.. KnownQuery.NamesOf(endpoint.Metadata.GetRequiredMetadata<System.Reflection.MethodInfo>()).Order(StringComparer.Ordinal)];
            Assert.Equal(taken, described);
        }
    }

    [Fact]
    public async Task Every_member_is_described()
    {
        JsonElement document = await ReadAsync();
        string[] silent =
        [
            .. document.GetProperty("components").GetProperty("schemas").EnumerateObject()
                .Where(schema => schema.Value.TryGetProperty("properties", out _))
                .SelectMany(schema => schema.Value.GetProperty("properties").EnumerateObject()
                    .Where(member => !member.Value.TryGetProperty("description", out JsonElement text) || string.IsNullOrWhiteSpace(text.GetString()))
                    .Select(member => $"{schema.Name}.{member.Name}")),
        ];
        Assert.True(silent.Length == 0, string.Join(", ", silent));
        JsonElement user = document.GetProperty("components").GetProperty("schemas").GetProperty("DeviceUser").GetProperty("properties");
        Assert.Equal("Groups that rules may name.", user.GetProperty("groups").GetProperty("description").GetString());
    }

    [Theory]
    [InlineData("/openapi/v1.json")]
    [InlineData("/docs/")]
    [InlineData("/swagger")]
    [InlineData("/swagger/index.html")]
    [InlineData("/metrics")]
    public async Task Nothing_of_it_is_served_to_nobody(string path)
    {
        ApiAnswer answer = await host.SendAsync("GET", path, credentials: null);
        Assert.Equal((401, "not_signed_in"), (answer.Status, answer.Code));
        Assert.InRange((await host.SendAsync("GET", path)).Status, 200, 302);
    }

    [Fact]
    public async Task The_first_version_s_page_leads_to_the_documentation() => Assert.Equal("/docs", (await host.SendAsync("GET", "/swagger")).Headers["Location"]);

    [Fact]
    public async Task The_page_takes_nothing_from_elsewhere()
    {
        ApiAnswer page = await host.SendAsync("GET", "/docs/");
        Assert.Equal(200, page.Status);
        Assert.DoesNotMatch("(src|href)=[\"'](https?:)?//", page.Text);
        Assert.DoesNotContain("fonts.scalar.com", page.Text, StringComparison.Ordinal);
        Assert.Contains("script-src 'self' 'nonce-", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        string nonce = Nonce().Match(page.Headers["Content-Security-Policy"]).Groups[1].Value;
        Assert.All(Script().Matches(page.Text), script => Assert.Contains(nonce, System.Net.WebUtility.HtmlDecode(script.Value), StringComparison.Ordinal));
        foreach (Match source in Source().Matches(page.Text))
        {
            string address = new Uri(new Uri($"http://127.0.0.1:{host.HttpPort}/docs/"), source.Groups[1].Value).PathAndQuery;
            Assert.Equal(200, (await host.SendAsync("GET", address)).Status);
        }
    }

    [Fact]
    public async Task Metrics_are_for_who_may_see_statistics()
    {
        Assert.Equal(200, (await host.SendAsync("GET", "/metrics", ApiHost.As(AdminRole.Viewer))).Status);
        var scraper = await host.MakeKeyAsync(AdminRole.Viewer, ["stats:read"]);
        var other = await host.MakeKeyAsync(AdminRole.Viewer, ["sessions:read"]);
        Assert.Equal(200, (await host.SendAsync("GET", "/metrics", ApiHost.Bearer(scraper.Token))).Status);
        Assert.Equal((403, "denied"), await StatusAsync(other.Token));
    }

    private async Task<(int, string)> StatusAsync(string token)
    {
        ApiAnswer answer = await host.SendAsync("GET", "/metrics", ApiHost.Bearer(token));
        return (answer.Status, answer.Code);
    }

    private async Task<JsonElement> ReadAsync() => (await host.SendAsync("GET", "/openapi/v1.json")).Json;

    private static string PathOf(RouteEndpoint endpoint) => Plain().Replace(endpoint.RoutePattern.RawText!, "{$1}").TrimEnd('/');

    [GeneratedRegex(@"\{\*{0,2}([a-zA-Z_]+)(:[a-z]+)?\}")]
    private static partial Regex Plain();

    [GeneratedRegex("'nonce-([^']+)'")]
    private static partial Regex Nonce();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Script();

    [GeneratedRegex("<script[^>]* src=\"([^\"]+)\"")]
    private static partial Regex Source();
}
