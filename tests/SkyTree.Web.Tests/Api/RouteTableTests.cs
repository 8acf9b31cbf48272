using System.Net.Http.Headers;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;
using Xunit;

namespace SkyTree.Web.Tests.Api;

/// <summary>What holds for every route of the API, tried at each.</summary>
public sealed class RouteTableTests(ApiHost host) : IClassFixture<ApiHost>
{
    public static TheoryData<string> Routes => [.. ApiCases.All.Select(one => one.Key)];

    public static TheoryData<string> Lists => [.. ApiCases.All.Where(one => one.IsList).Select(one => one.Key)];

    public static TheoryData<string> WithMissing => [.. ApiCases.All.Where(one => one.Missing is not null).Select(one => one.Key)];

    public static TheoryData<string> WithBody => [.. ApiCases.All.Where(one => one is { Body: not null, Type: "application/json" }).Select(one => one.Key)];

    [Fact]
    public void Every_route_has_a_case_and_every_case_a_route() =>
        Assert.Equal(host.Endpoints.SelectMany(KeysOf).Order(StringComparer.Ordinal), ApiCases.All.Select(one => one.Key).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task It_does_what_it_should(string key)
    {
        ApiCase one = ApiCases.Find(key);
        ApiAnswer answer = await SendAsync(one, one.Credentials);
        Assert.True(one.Status == answer.Status, $"{answer.Status}: {answer.Text}");
        Assert.StartsWith("no-store", answer.Headers["Cache-Control"], StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Headers["X-Content-Type-Options"]);
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Nobody_gets_nothing_and_changes_nothing(string key)
    {
        ApiCase one = ApiCases.Find(key);
        if (EndpointOf(one).Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            Assert.Equal("POST /login", key);
            return;
        }

        string path = await PathAsync(one);
        string before = await host.SnapshotAsync();
        ApiAnswer answer = await host.SendAsync(one.Method, path, null, one.Body, one.Type);
        Assert.Equal((401, "not_signed_in"), (answer.Status, answer.Code));
        Assert.Contains("Basic realm=", answer.Headers["WWW-Authenticate"], StringComparison.Ordinal);
        Assert.Contains("Bearer", answer.Headers["WWW-Authenticate"], StringComparison.Ordinal);
        Assert.Equal(before, await host.SnapshotAsync());
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_role_that_is_too_low_is_refused_and_changes_nothing(string key)
    {
        ApiCase one = ApiCases.Find(key);
        ApiAccess[] needs = [.. EndpointOf(one).Metadata.GetOrderedMetadata<ApiAccess>()];
        AdminRole least = needs.Length == 0 ? AdminRole.None : needs.Max(need => Caller.RequiredRole(need.Area, need.Access));
        foreach (AdminRole role in (AdminRole[])[AdminRole.Viewer, AdminRole.Operator])
        {
            string path = await PathAsync(one);
            string before = await host.SnapshotAsync();
            if (role >= least)
            {
                Assert.NotEqual("denied", (await host.SendAsync(one.Method, path, needs.Length == 0 ? one.Credentials : ApiHost.As(role), one.Body, one.Type)).Code);
                continue;
            }

            ApiAnswer answer = await host.SendAsync(one.Method, path, ApiHost.As(role), one.Body, one.Type);
            Assert.True((answer.Status, answer.Code) == (403, "denied"), $"{role}: {answer.Status} {answer.Text}");
            Assert.Equal(before, await host.SnapshotAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_key_without_the_scope_is_refused_and_one_with_no_other_is_not(string key)
    {
        ApiCase one = ApiCases.Find(key);
        ApiAccess[] needs = [.. EndpointOf(one).Metadata.GetOrderedMetadata<ApiAccess>()];
        if (needs.Length == 0)
        {
            return;
        }

        foreach (ApiAccess need in needs)
        {
            // To change includes to look, so neither scope of the area may be there.
            string[] others = [.. AdminScopes.All.Where(scope => !scope.StartsWith(AdminScopes.Format(need.Area, AdminAccess.Read).Split(':')[0] + ":", StringComparison.Ordinal) || (need.Access == AdminAccess.Write && scope.EndsWith(":read", StringComparison.Ordinal)))];
            NewApiKey lacking = await host.MakeKeyAsync(AdminRole.Administrator, others);
            string path = await PathAsync(one);
            string before = await host.SnapshotAsync();
            ApiAnswer answer = await host.SendAsync(one.Method, path, new AuthenticationHeaderValue("Bearer", lacking.Token), one.Body, one.Type);
            Assert.True((answer.Status, answer.Code) == (403, "denied"), $"without {need}: {answer.Status} {answer.Text}");
            Assert.Equal(before, Without(await host.SnapshotAsync(), lacking, before));
        }

        if (key is "POST /api-keys" or "PATCH /api-keys/{id}")
        {
            return; // a key may not make one that may more than it does
        }

        NewApiKey having = await host.MakeKeyAsync(AdminRole.Administrator, [.. needs.Select(need => AdminScopes.Format(need.Area, need.Access))]);
        ApiAnswer done = await host.SendAsync(one.Method, await PathAsync(one), new AuthenticationHeaderValue("Bearer", having.Token), one.Body, one.Type);
        Assert.True(one.Status == done.Status, $"{done.Status}: {done.Text}");
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task A_parameter_that_it_does_not_have_is_refused(string key)
    {
        ApiCase one = ApiCases.Find(key);
        string path = await PathAsync(one);
        ApiAnswer answer = await host.SendAsync(one.Method, path + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "wat=1", one.Credentials, one.Body, one.Type);
        Assert.Equal((400, "unknown_parameter"), (answer.Status, answer.Code));
        Assert.Equal("there is no such parameter", answer.Json.GetProperty("errors").GetProperty("wat")[0].GetString());
    }

    [Theory]
    [MemberData(nameof(WithBody))]
    public async Task A_body_that_makes_no_sense_is_refused(string key)
    {
        ApiCase one = ApiCases.Find(key);
        string path = await PathAsync(one);
        string before = await host.SnapshotAsync();
        string unknown = one.Body!.StartsWith('[') ? "[{\"wat\":1}]" : "{\"wat\":1," + one.Body[1..];
        Assert.Equal((400, "unknown_member"), StatusAndCode(await host.SendAsync(one.Method, path, one.Credentials, unknown)));
        Assert.Equal((400, "bad_json"), StatusAndCode(await host.SendAsync(one.Method, path, one.Credentials, "{\"")));
        Assert.Equal((415, "unsupported_media_type"), StatusAndCode(await host.SendAsync(one.Method, path, one.Credentials, one.Body, "text/plain")));
        Assert.Equal(before, await host.SnapshotAsync());
    }

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task A_list_refuses_limits_and_cursors_that_make_no_sense(string key)
    {
        ApiCase one = ApiCases.Find(key);
        string path = await PathAsync(one);
        foreach ((string query, string code) in ((string, string)[])[("limit=0", "bad_limit"), ("limit=1001", "bad_limit"), ("limit=x", "bad_parameter"), ("cursor=%21", "bad_cursor")])
        {
            ApiAnswer answer = await host.SendAsync(one.Method, $"{path}?{query}");
            Assert.True((answer.Status, answer.Code) == (400, code), $"{query}: {answer.Status} {answer.Text}");
        }

        Assert.True((await host.SendAsync(one.Method, path + "?limit=1")).Json.GetProperty("items").GetArrayLength() <= 1);
    }

    [Theory]
    [MemberData(nameof(WithMissing))]
    public async Task What_is_not_there_is_not_found(string key)
    {
        ApiCase one = ApiCases.Find(key);
        ApiAnswer answer = await host.SendAsync(one.Method, one.Missing!, one.Credentials, one.Body, one.Type);
        Assert.True(answer.Status == 404, $"{answer.Status}: {answer.Text}");
        Assert.EndsWith("_not_found", answer.Code, StringComparison.Ordinal);
    }

    private async Task<ApiAnswer> SendAsync(ApiCase one, AuthenticationHeaderValue credentials) => await host.SendAsync(one.Method, await PathAsync(one), credentials, one.Body, one.Type);

    private async Task<string> PathAsync(ApiCase one) => one.Prepare is { } prepare ? await prepare(host) : one.Path ?? one.Route[1..];

    private RouteEndpoint EndpointOf(ApiCase one) => host.Endpoints.Single(endpoint => KeysOf(endpoint).Contains(one.Key));

    private static IEnumerable<string> KeysOf(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText!["/api/v1".Length..].TrimEnd('/')}");

    private static (int Status, string Code) StatusAndCode(ApiAnswer answer) => (answer.Status, answer.Code);

    // The key's own last use is noted, to the hour; that it was asked is not a change.
    private static string Without(string snapshot, NewApiKey key, string before) =>
        string.Join('\n', snapshot.Split('\n').Zip(before.Split('\n'), (now, then) => now.StartsWith("api-keys", StringComparison.Ordinal) && now.Contains(key.Key.Id, StringComparison.Ordinal) ? then : now));
}
