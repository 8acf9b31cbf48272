using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using SkyTree.AspNetCore;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Listeners;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;
using SkyTree.Sinks;
using SkyTree.Web.Configuration;
using Xunit;

namespace SkyTree.Web.Tests.Api;

/// <summary>The whole program in this process, on free ports and a data folder of its own, with an account of each role.</summary>
public sealed partial class ApiHost : IAsyncLifetime
{
    /// <summary>The password of every account.</summary>
    public const string Password = "correct horse battery";

    private static readonly MqttClientFactory s_mqtt = new();
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    // To where nobody is.
    private static readonly string[] s_bridge =
        ["--SkyTree:Bridges:plant:Server=mqtt://127.0.0.1:1", "--SkyTree:Bridges:plant:Topics:0:Filter=sensors/#", "--SkyTree:Bridges:plant:Topics:0:Direction=In"];
    private static readonly string[] s_sink = ["--SkyTree:Sinks:archive:Kind=File", "--SkyTree:Sinks:archive:Filters:0=archive/#"];

    private static readonly string[] s_rule = ["--SkyTree:Rules:Rewrites:0:Name=legacy", "--SkyTree:Rules:Rewrites:0:Filter=legacy/+", "--SkyTree:Rules:Rewrites:0:To=modern/${1}"];

    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-api-").FullName;
    private readonly Dictionary<string, IMqttClient> _clients = [];
    private WebApplication? _app;

    internal Core.Broker Broker => _app!.Services.GetRequiredService<Core.Broker>();

    internal SinkAdmin Sinks => _app!.Services.GetRequiredService<SinkAdmin>();

    public IServiceProvider Services => _app!.Services;

    public HttpClient Http { get; private set; } = null!;

    public int HttpPort { get; private set; }

    public int MqttPort { get; private set; }

    /// <summary>The API's routes as they are mapped.</summary>
    public IReadOnlyList<RouteEndpoint> Endpoints =>
        [.. _app!.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/api/v1", StringComparison.Ordinal))];

    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable("SKYTREE_ADMIN_PASSWORD", Password);
        WebApplicationBuilder builder = SkyTreeProgram.CreateBuilder(CommandLine.Parse(["--mqtt-port", "0", "--http-port", "0", "--data", _folder, "--SkyTree:Listeners:spare:Port=0", .. s_bridge, .. s_sink, .. s_rule]));
        builder.AddSkyTreeParts();
        _app = builder.Build();
        _app.MapSkyTreeParts();
        await _app.StartAsync();
        ActiveListeners listeners = _app.Services.GetRequiredService<ActiveListeners>();
        HttpPort = listeners.All.Single(listener => listener.Name == "http").EndPoint.Port;
        MqttPort = listeners.All.Single(listener => listener.Name == "mqtt").EndPoint.Port;
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri($"http://127.0.0.1:{HttpPort}"), Timeout = s_deadline };
        await UntilAsync(async () => (await SinkAsync()).State == SinkState.Running);
        foreach (AdminRole role in (AdminRole[])[AdminRole.Viewer, AdminRole.Operator])
        {
            await Broker.Admin.Accounts.CreateAsync(Caller.Console, NameOf(role), role, Password, mustChangePassword: false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IMqttClient client in _clients.Values)
        {
            client.Dispose();
        }

        Http?.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    public static string NameOf(AdminRole role) => role == AdminRole.Administrator ? "admin" : role.ToString().ToLowerInvariant();

    /// <summary>The header of an account.</summary>
    public static AuthenticationHeaderValue Basic(string name, string password = Password) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));

    /// <summary>The header of a key or a token.</summary>
    public static AuthenticationHeaderValue Bearer(string token) => new("Bearer", token);

    /// <summary>The header of a role's account.</summary>
    public static AuthenticationHeaderValue As(AdminRole role) => Basic(NameOf(role));

    /// <summary>Sends a request; without credentials if there are none.</summary>
    public async Task<ApiAnswer> SendAsync(
        string method, string path, AuthenticationHeaderValue? credentials, string? body = null, string type = "application/json", params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path.StartsWith('/') ? path : "/api/v1/" + path);
        request.Headers.Authorization = credentials;
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, type);
            request.Headers.ExpectContinue = body.Length > 512 * 1024; // else the answer to a large one gets lost on the way
        }

        using HttpResponseMessage response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        bool isStream = response.Content.Headers.ContentType?.MediaType == "text/event-stream";
        return new ApiAnswer(
            (int)response.StatusCode,
            response.Content.Headers.ContentType?.MediaType ?? "",
            isStream ? "" : await response.Content.ReadAsStringAsync(),
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>The same as the administrator.</summary>
    public Task<ApiAnswer> SendAsync(string method, string path, string? body = null, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, As(AdminRole.Administrator), body, headers: headers);

    /// <summary>A durable session that subscribes to <c>a/#</c>, connected or not.</summary>
    public async Task EnsureSessionAsync(string clientId, bool connected)
    {
        if (_clients.Remove(clientId, out IMqttClient? before))
        {
            before.Dispose();
        }

        IMqttClient client = s_mqtt.CreateMqttClient();
        await client.ConnectAsync(s_mqtt.CreateClientOptionsBuilder()
            .WithProtocolVersion(MqttProtocolVersion.V500).WithClientId(clientId).WithCleanStart(false).WithSessionExpiryInterval(uint.MaxValue)
            .WithTcpServer("127.0.0.1", MqttPort).WithNoKeepAlive().WithTimeout(s_deadline).Build());
        await client.SubscribeAsync(s_mqtt.CreateSubscribeOptionsBuilder().WithTopicFilter("a/#", MqttQualityOfServiceLevel.AtLeastOnce).Build());
        if (connected)
        {
            _clients[clientId] = client;
            return;
        }

        await client.DisconnectAsync();
        client.Dispose();
        await UntilAsync(async () => !(await Broker.Admin.Sessions.GetAsync(Caller.Console, clientId)).IsConnected);
    }

    /// <summary>Stores a message for a durable session; its offset.</summary>
    public async Task<long> StoreAsync(string topic = "a/b", string payload = "21.5")
    {
        await EnsureSessionAsync("reader", connected: false);
        var result = await Broker.Admin.Publish.PublishAsync(
            Caller.Console, new Core.Admin.Publishing.PublishRequest { Topic = topic, Payload = Encoding.UTF8.GetBytes(payload), QoS = Core.Protocol.QoS.AtLeastOnce });
        return result.Offset ?? throw new InvalidOperationException("It was not stored.");
    }

    /// <summary>Makes a key of a role with scopes; its token.</summary>
    public async Task<NewApiKey> MakeKeyAsync(AdminRole role, IReadOnlyList<string>? scopes = null, DateTimeOffset? expiresAt = null) =>
        await Broker.Admin.ApiKeys.CreateAsync(Caller.Console, "test", role, scopes, expiresAt);

    /// <summary>The one sink, <c>archive</c>.</summary>
    internal Task<SinkStatus> SinkAsync() => Sinks.GetAsync(Caller.Console, "archive");

    /// <summary>Everything that a request could change, as text.</summary>
    public async Task<string> SnapshotAsync()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"audit {Broker.Admin.AuditLog.List(Caller.Console, new(), null, 1).Items.Select(entry => entry.Number).FirstOrDefault()}\n");
        foreach (string path in (string[])["sessions?connected=false", "subscriptions", "retained", "messages?limit=1000", "users", "acl", "bans", "admins", "api-keys", "traces", "config", "sinks"])
        {
            ApiAnswer answer = await SendAsync("GET", path);
            Assert.Equal(200, answer.Status);
            text.Append(path).Append(' ').Append(Housekeeping().Replace(answer.Text, "")).Append('\n');
        }

        foreach (ActiveListener listener in _app!.Services.GetRequiredService<ActiveListeners>().All)
        {
            text.Append(CultureInfo.InvariantCulture, $"{listener.Name} {listener.Gate.IsClosed}\n");
        }

        return text.ToString();
    }

    // What the broker itself brings up to date in time.
    [GeneratedRegex("\"(cursor|lag|subscriptionCount)\":\\d+|\"last(Login|Used)At\":\"[^\"]*\",?")]
    private static partial Regex Housekeeping();

    internal static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using CancellationTokenSource deadline = new(s_deadline);
        while (!await condition())
        {
            await Task.Delay(20, deadline.Token);
        }
    }
}

/// <summary>What was answered.</summary>
public sealed record ApiAnswer(int Status, string Type, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonElement.Parse(Text);

    /// <summary>The problem's code; empty: it is none.</summary>
    public string Code => Type == "application/problem+json" ? Json.GetProperty("code").GetString()! : "";
}
