using System.Net.ServerSentEvents;
using System.Text.Json;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;
using Xunit;

namespace SkyTree.Web.Tests.Api;

/// <summary>Server-sent events.</summary>
public sealed class EventStreamTests(ApiHost host) : IClassFixture<ApiHost>
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Events_come_as_they_happen_and_go_on_behind_an_id()
    {
        using CancellationTokenSource deadline = new(s_deadline);
        string id;
        {
            using HttpResponseMessage response = await OpenAsync("kinds=connected,disconnected", null, deadline.Token);
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
            await using IAsyncEnumerator<SseItem<string>> events = await ReadAsync(response, deadline.Token);
            Assert.Equal("open", (await NextAsync(events)).EventType);
            await host.EnsureSessionAsync("watched", connected: true);
            SseItem<string> connected = await NextAsync(events);
            Assert.Equal("connected", connected.EventType);
            Assert.Equal("watched", JsonElement.Parse(connected.Data).GetProperty("subject").GetString());
            id = connected.EventId!;
        }

        // Missed, and caught up with.
        Assert.Equal(204, (await host.SendAsync("POST", "sessions/watched/kick")).Status);
        using HttpResponseMessage resumed = await OpenAsync("kinds=connected,disconnected", id, deadline.Token);
        await using IAsyncEnumerator<SseItem<string>> rest = await ReadAsync(resumed, deadline.Token);
        Assert.Equal(("open", id), (await NextAsync(rest)) is var open ? (open.EventType, open.EventId!) : default);
        SseItem<string> gone = await NextAsync(rest);
        Assert.Equal(("disconnected", "watched"), (gone.EventType, JsonElement.Parse(gone.Data).GetProperty("subject").GetString()));
    }

    [Fact]
    public async Task Messages_of_a_filter_come_with_their_payloads_to_who_may_see_them()
    {
        using CancellationTokenSource deadline = new(s_deadline);
        using HttpResponseMessage response = await OpenAsync("messageFilter=live%2F%23&kinds=node", null, deadline.Token);
        await using IAsyncEnumerator<SseItem<string>> events = await ReadAsync(response, deadline.Token);
        await NextAsync(events);
        await host.SendAsync("POST", "publish", """{"topic":"live/1","payload":"on"}""");
        SseItem<string> message = await NextAsync(events);
        Assert.Equal("message", message.EventType);
        Assert.Equal("on", JsonElement.Parse(message.Data).GetProperty("message").GetProperty("payload").GetString());

        var statsOnly = await host.MakeKeyAsync(AdminRole.Viewer, ["stats:read"]);
        ApiAnswer denied = await host.SendAsync("GET", "events?messageFilter=live%2F%23", ApiHost.Bearer(statsOnly.Token));
        Assert.Equal((403, "denied"), (denied.Status, denied.Code));
    }

    [Theory]
    [InlineData("key")]
    [InlineData("password")]
    [InlineData("token")]
    [InlineData("role")]
    public async Task A_stream_ends_when_its_caller_may_no_longer_see_it(string way)
    {
        using CancellationTokenSource deadline = new(s_deadline);
        string name = "reader-of-events-" + way;
        await host.Broker.Admin.Accounts.CreateAsync(Caller.Console, name, AdminRole.Viewer, ApiHost.Password, mustChangePassword: false);
        NewApiKey key = await host.MakeKeyAsync(AdminRole.Viewer, ["stats:read", "messages:read"]);
        System.Net.Http.Headers.AuthenticationHeaderValue credentials = way switch
        {
            "key" or "role" => ApiHost.Bearer(key.Token),
            "token" => ApiHost.Bearer((await host.SendAsync("POST", "login", credentials: null, $$"""{"name":"{{name}}","password":"{{ApiHost.Password}}"}""")).Json.GetProperty("accessToken").GetString()!),
            _ => ApiHost.Basic(name),
        };
        HttpRequestMessage request = new(HttpMethod.Get, "/api/v1/events?kinds=node&messageFilter=never");
        request.Headers.Authorization = credentials;
        using HttpResponseMessage response = await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
        await using IAsyncEnumerator<SseItem<string>> events = await ReadAsync(response, deadline.Token);
        Assert.Equal("open", (await NextAsync(events)).EventType);

        await (way switch
        {
            "key" => host.Broker.Admin.ApiKeys.DeleteAsync(Caller.Console, key.Key.Id).AsTask(),
            "role" => host.Broker.Admin.ApiKeys.ChangeAsync(Caller.Console, key.Key.Id, before => before with { Scopes = ["stats:read"] }).AsTask(),
            _ => host.Broker.Admin.Accounts.SetPasswordAsync(Caller.Console, name, "another password", mustChangePassword: false).AsTask(),
        });
        while (await events.MoveNextAsync())
        {
            Assert.Equal("heartbeat", events.Current.EventType);
        }
    }

    [Theory]
    [InlineData("kinds=wat", "bad_kind")]
    [InlineData("kinds=1", "bad_kind")]
    [InlineData("after=nonsense", "bad_event_id")]
    [InlineData("messageFilter=a%23", "bad_filter")]
    public async Task What_makes_no_sense_is_refused(string query, string code)
    {
        ApiAnswer answer = await host.SendAsync("GET", "events?" + query);
        Assert.Equal((400, code), (answer.Status, answer.Code));
    }

    private async Task<HttpResponseMessage> OpenAsync(string query, string? lastId, CancellationToken cancellationToken)
    {
        HttpRequestMessage request = new(HttpMethod.Get, "/api/v1/events?" + query);
        request.Headers.Authorization = ApiHost.As(AdminRole.Viewer);
        if (lastId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastId);
        }

        return await host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private static async Task<IAsyncEnumerator<SseItem<string>>> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        SseParser.Create(await response.Content.ReadAsStreamAsync(cancellationToken)).EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);

    private static async Task<SseItem<string>> NextAsync(IAsyncEnumerator<SseItem<string>> events)
    {
        do
        {
            Assert.True(await events.MoveNextAsync());
        }
        while (events.Current.EventType == "heartbeat");

        return events.Current;
    }
}
