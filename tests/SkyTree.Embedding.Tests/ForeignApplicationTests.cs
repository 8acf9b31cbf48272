using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using MQTTnet;
using MQTTnet.Protocol;
using SkyTree.Embedding.Tests.Harness;
using Xunit;

namespace SkyTree.Embedding.Tests;

/// <summary>An application that had everything before it got the broker.</summary>
public sealed class ForeignApplicationTests(ForeignApplication application) : IClassFixture<ForeignApplication>
{
    private ApplicationProcess App => application.Process;

    [Fact]
    public async Task Its_own_endpoints_are_what_they_were()
    {
        using HttpClient http = App.CreateHttp();
        Assert.Equal("""{"FIRST_WORD":"hello","WORD_COUNT":1}""", await http.GetStringAsync("/hello"));
        Assert.Equal("h1 { color: rgb(1, 2, 3); }", (await http.GetStringAsync("/plant.css")).Trim());
        Assert.Contains("Plant counter", await http.GetStringAsync("/counter"), StringComparison.Ordinal);
        HttpResponseMessage nothing = await http.GetAsync("/nothing");
        Assert.Equal((HttpStatusCode.NotFound, "plant: 404"), (nothing.StatusCode, await nothing.Content.ReadAsStringAsync()));
        Assert.False(nothing.Headers.Contains("X-Frame-Options"));
        Assert.Equal("Kestrel", nothing.Headers.Server.ToString());
    }

    [Fact]
    public async Task Its_own_users_sign_in_as_before()
    {
        using HttpClient http = App.CreateHttp();
        HttpResponseMessage asked = await http.GetAsync("/whoami");
        Assert.Equal(HttpStatusCode.Redirect, asked.StatusCode);
        Assert.StartsWith($"{App.Address}enter?", asked.Headers.Location!.AbsoluteUri, StringComparison.Ordinal);
        await EnterAsync(http, "ada", "chief");
        Assert.Equal("ada", await http.GetStringAsync("/whoami"));
        using HttpClient program = App.CreateHttp();
        program.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token("robot", "chief"));
        Assert.Equal("robot", await program.GetStringAsync("/whoami"));
        Assert.Equal(HttpStatusCode.NoContent, (await program.DeleteAsync("/readings")).StatusCode);
    }

    [Fact]
    public async Task Clients_reach_its_services_and_its_controllers_reach_clients()
    {
        using IMqttClient client = await App.ConnectAsync("boiler");
        await client.SubscribeAsync("plant/+");
        TaskCompletionSource<string> heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
        client.ApplicationMessageReceivedAsync += message =>
        {
            if (message.ApplicationMessage.Topic == "plant/valve")
            {
                heard.TrySetResult(message.ApplicationMessage.ConvertPayloadToString());
            }

            return Task.CompletedTask;
        };
        await client.PublishStringAsync("plant/boiler", "81.5", MqttQualityOfServiceLevel.AtLeastOnce);
        using HttpClient http = App.CreateHttp();
        await Deadline.HoldsAsync(async () => (await http.GetFromJsonAsync<JsonObject>("/readings"))!["plant/boiler"]?.GetValue<string>() == "81.5");
        JsonObject published = (await (await http.PostAsJsonAsync("/readings/valve", "open")).Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.True(published.ContainsKey("matching_subscriptions") || published.Count > 0, published.ToJsonString());
        Assert.Equal("open", await heard.Task.WaitAsync(Deadline.Default));
    }

    [Fact]
    public async Task Its_hooks_have_its_services_and_the_broker()
    {
        using IMqttClient ghost = new MqttClientFactory().CreateMqttClient();
        MqttClientConnectResult answer = await ghost.ConnectAsync(new MqttClientOptionsBuilder().WithClientId("ghost-7").WithTcpServer("127.0.0.1", App.MqttPort)
            .WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500).Build());
        Assert.Equal(MqttClientConnectResultCode.NotAuthorized, answer.ResultCode);
        using HttpClient http = App.CreateHttp();
        JsonObject readings = (await http.GetFromJsonAsync<JsonObject>("/readings"))!;
        Assert.Equal("ghost-7", readings["ghost"]!.GetValue<string>());
        await Deadline.HoldsAsync(async () => (await http.GetFromJsonAsync<JsonObject>("/readings"))!["plant/ghosts"]?.GetValue<string>() == "ghost-7");
    }

    [Fact]
    public async Task Its_health_and_its_metrics_have_the_brokers_with_them()
    {
        using HttpClient http = App.CreateHttp();
        Assert.Equal("Healthy", await http.GetStringAsync("/health"));
        Assert.Equal("Healthy", await http.GetStringAsync("/health/broker"));
        Assert.Equal("ready\n", await http.GetStringAsync("/skytree/health/ready"));
        using IMqttClient client = await App.ConnectAsync("meter");
        await client.PublishStringAsync("plant/meter", "1", MqttQualityOfServiceLevel.AtLeastOnce);
        await Deadline.HoldsAsync(async () => (await http.GetStringAsync("/metrics")).Contains("plant_readings", StringComparison.Ordinal));
        string metrics = await http.GetStringAsync("/metrics");
        Assert.Contains("skytree_", metrics, StringComparison.Ordinal);
        using HttpClient chief = App.CreateHttp();
        await EnterAsync(chief, "grace", "chief");
        string own = await chief.GetStringAsync("/skytree/metrics");
        Assert.Contains("skytree_", own, StringComparison.Ordinal);
        Assert.DoesNotContain("plant_readings", own, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_API_is_for_its_users_by_what_they_may()
    {
        using HttpClient nobody = App.CreateHttp();
        HttpResponseMessage refused = await nobody.GetAsync("/skytree/api/v1/sessions");
        Assert.Equal((HttpStatusCode.Unauthorized, "application/problem+json"), (refused.StatusCode, refused.Content.Headers.ContentType!.MediaType));

        using HttpClient robot = App.CreateHttp();
        robot.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token("robot", "chief"));
        JsonObject me = (await robot.GetFromJsonAsync<JsonObject>("/skytree/api/v1/me"))!;
        Assert.Equal(("robot", "administrator"), (me["name"]!.GetValue<string>(), me["role"]!.GetValue<string>()));
        HttpResponseMessage made = await robot.PostAsJsonAsync("/skytree/api/v1/users", new { name = $"device-{Guid.NewGuid():N}", password = "a good long password" });
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.StartsWith("/skytree/api/v1/users/device-", made.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await robot.GetAsync(made.Headers.Location)).StatusCode);

        using HttpClient visitor = App.CreateHttp();
        visitor.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token("guest", "visitor"));
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync("/skytree/api/v1/sessions")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await visitor.DeleteAsync(made.Headers.Location)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await robot.GetAsync(made.Headers.Location)).StatusCode);

        using HttpClient stranger = App.CreateHttp();
        stranger.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token("somebody", "cook"));
        Assert.Equal(HttpStatusCode.Forbidden, (await stranger.GetAsync("/skytree/api/v1/sessions")).StatusCode);
    }

    [Fact]
    public async Task With_its_cookie_alone_nothing_is_changed()
    {
        using HttpClient http = App.CreateHttp();
        await EnterAsync(http, "ada", "chief");
        object body = new { topic = "plant/cookie", payload = "x" };
        HttpResponseMessage refused = await http.PostAsJsonAsync("/skytree/api/v1/publish", body);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("antiforgery", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        JsonObject me = (await http.GetFromJsonAsync<JsonObject>("/skytree/api/v1/me"))!;
        http.DefaultRequestHeaders.Add("RequestVerificationToken", me["antiforgeryToken"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.OK, (await http.PostAsJsonAsync("/skytree/api/v1/publish", body)).StatusCode);
    }

    [Fact]
    public async Task An_API_key_holds_beside_its_users()
    {
        using HttpClient robot = App.CreateHttp();
        robot.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token("robot", "chief"));
        HttpResponseMessage answer = await robot.PostAsJsonAsync("/skytree/api/v1/api-keys", new { name = "backup", role = "viewer", scopes = new[] { "sessions:read" } });
        string made = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, made);
        JsonNode key = JsonNode.Parse(made)!;
        string token = (key["token"] ?? key["secret"])!.GetValue<string>();
        using HttpClient program = App.CreateHttp();
        program.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync("/skytree/api/v1/sessions")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await program.GetAsync("/skytree/api/v1/users")).StatusCode);
    }

    [Fact]
    public async Task Topics_with_any_character_are_found_below_the_prefix()
    {
        using HttpClient robot = App.CreateHttp();
        robot.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token("robot", "chief"));
        using IMqttClient client = await App.ConnectAsync("odd");
        await client.PublishStringAsync("odd/a b%2Fc/ü", "kept", MqttQualityOfServiceLevel.AtLeastOnce, retain: true);
        HttpResponseMessage answer = await robot.GetAsync("/skytree/api/v1/retained/" + Uri.EscapeDataString("odd/a b%2Fc/ü"));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_APIs_description_knows_the_prefix()
    {
        using HttpClient robot = App.CreateHttp();
        robot.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token("robot", "chief"));
        JsonObject description = (await robot.GetFromJsonAsync<JsonObject>("/skytree/openapi/v1.json"))!;
        Assert.Equal("/skytree/", description["servers"]![0]!["url"]!.GetValue<string>());
        Assert.DoesNotContain("readings", description["paths"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await robot.GetAsync("/skytree/docs/")).StatusCode);
        HttpResponseMessage old = await robot.GetAsync("/skytree/swagger");
        Assert.Equal("/skytree/docs", old.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task MQTT_over_WebSocket_is_on_its_own_port()
    {
        using IMqttClient client = new MqttClientFactory().CreateMqttClient();
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithClientId("web").WithWebSocketServer(web => web.WithUri($"ws://127.0.0.1:{App.Address.Port}/mqtt")).Build());
        await client.SubscribeAsync("web/+");
        TaskCompletionSource heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
        client.ApplicationMessageReceivedAsync += _ => Task.FromResult(heard.TrySetResult());
        await client.PublishStringAsync("web/a", "x");
        await heard.Task.WaitAsync(Deadline.Default);
    }

    [Fact]
    public async Task The_applications_files_are_not_served_a_second_time()
    {
        using HttpClient http = App.CreateHttp();
        await EnterAsync(http, "ada", "chief");
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/skytree/_content/SkyTree.AspNetCore/css/portal.css")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/skytree/_framework/blazor.web.js")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/skytree/plant.css")).StatusCode);
    }

    private static async Task EnterAsync(HttpClient http, string name, string role) =>
        Assert.Equal(HttpStatusCode.Redirect, (await http.PostAsync("/enter", new FormUrlEncodedContent([new("name", name), new("role", role)]))).StatusCode);

    private static string Token(string name, string role) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Claims = new Dictionary<string, object> { ["name"] = name, ["role"] = role },
        Expires = DateTime.UtcNow.AddHours(1),
        SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(new string('k', 32))), SecurityAlgorithms.HmacSha256),
    });
}
