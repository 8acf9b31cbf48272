using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using MQTTnet;
using MQTTnet.Formatter;
using SkyTree.AspNetCore;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Listeners;
using SkyTree.Web.Configuration;
using SkyTree.Web.Tests.Api;

namespace SkyTree.Web.Tests;

/// <summary>The whole program in this process on a data folder, which outlives it.</summary>
internal sealed class InProcess : IAsyncDisposable
{
    private static readonly MqttClientFactory s_mqtt = new();
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(2);

    private readonly WebApplication _app;

    private InProcess(WebApplication app) => _app = app;

    public IServiceProvider Services => _app.Services;

    public Core.Broker Broker => Services.GetRequiredService<Core.Broker>();

    public int MqttPort => Services.GetRequiredService<ActiveListeners>().All.Single(listener => listener.Name == "mqtt").EndPoint.Port;

    /// <summary>Where pages and the HTTP API are.</summary>
    public Uri HttpAddress => new($"http://127.0.0.1:{Services.GetRequiredService<ActiveListeners>().All.Single(listener => listener.Name == "http").EndPoint.Port}");

    public static Task<InProcess> StartAsync(string folder, params string[] more) => StartAsync(folder, static _ => { }, more);

    /// <summary>The same with services of the application that hosts it.</summary>
    public static async Task<InProcess> StartAsync(string folder, Action<IServiceCollection> addServices, params string[] more)
    {
        Environment.SetEnvironmentVariable("SKYTREE_ADMIN_PASSWORD", ApiHost.Password);
        WebApplicationBuilder builder = SkyTreeProgram.CreateBuilder(CommandLine.Parse(["--mqtt-port", "0", "--http-port", "0", "--data", folder, .. more]));
        builder.AddSkyTreeParts();
        addServices(builder.Services);
        WebApplication app = builder.Build();
        app.MapSkyTreeParts();
        await app.StartAsync();
        return new InProcess(app);
    }

    /// <summary>A client of 5.0.</summary>
    /// <exception cref="InvalidOperationException">It was refused.</exception>
    public Task<IMqttClient> ConnectAsync(string clientId, uint expirySeconds = 0, string? userName = null, string? password = null) => ConnectAsync(clientId, expirySeconds, cleanStart: true, s_mqtt.CreateMqttClient(), userName, password);

    /// <summary>The same whose session goes on, and whose messages are taken from the first on.</summary>
    public Task<IMqttClient> ConnectAsync(string clientId, Func<MqttApplicationMessageReceivedEventArgs, Task> take)
    {
        IMqttClient client = s_mqtt.CreateMqttClient();
        client.ApplicationMessageReceivedAsync += take;
        return ConnectAsync(clientId, expirySeconds: 1000, cleanStart: false, client);
    }

    private async Task<IMqttClient> ConnectAsync(string clientId, uint expirySeconds, bool cleanStart, IMqttClient client, string? userName = null, string? password = null)
    {
        try
        {
            MqttClientConnectResult result = await client.ConnectAsync(s_mqtt.CreateClientOptionsBuilder()
                .WithProtocolVersion(MqttProtocolVersion.V500).WithClientId(clientId).WithTcpServer("127.0.0.1", MqttPort)
                .WithCredentials(userName is null ? null : new MqttClientCredentials(userName, Encoding.UTF8.GetBytes(password ?? "")))
                .WithCleanStart(cleanStart).WithSessionExpiryInterval(expirySeconds).WithNoKeepAlive().WithTimeout(s_deadline).Build());
            return result.ResultCode == MqttClientConnectResultCode.Success ? client : throw new InvalidOperationException(result.ResultCode.ToString());
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
