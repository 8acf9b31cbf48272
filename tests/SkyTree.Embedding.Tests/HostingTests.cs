using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MQTTnet;
using MQTTnet.Protocol;
using SkyTree.AspNetCore;
using SkyTree.Core;
using SkyTree.Core.InProcess;
using SkyTree.Embedding.Tests.Harness;
using Xunit;

namespace SkyTree.Embedding.Tests;

/// <summary>How the broker lives within an application: what is served, start and stop.</summary>
public sealed class HostingTests
{
    [Fact]
    public async Task What_is_switched_off_is_the_applications_own_404()
    {
        await using ApplicationProcess app = await ApplicationProcess.StartAsync(ForeignApplication.Program, "Plant:Portal=false", "Plant:WebSocket=false");
        using HttpClient http = app.CreateHttp();
        foreach (string path in new[] { "/skytree", "/skytree/", "/skytree/sessions", "/mqtt", "/skytree/mqtt", "/skytree/_blazor" })
        {
            HttpResponseMessage answer = await http.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.NotFound, "plant: 404"), (path, answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/skytree/api/v1/sessions")).StatusCode);
        await using ApplicationProcess other = await ApplicationProcess.StartAsync(ForeignApplication.Program, "Plant:Api=false", "Plant:Prefix=/admin/broker");
        using HttpClient there = other.CreateHttp();
        foreach (string path in new[] { "/admin/broker/api/v1/sessions", "/admin/broker/docs", "/admin/broker/openapi/v1.json", "/admin/broker/metrics", "/skytree/" })
        {
            HttpResponseMessage answer = await there.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.NotFound, "plant: 404"), (path, answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        }

        Assert.Equal(HttpStatusCode.Redirect, (await there.GetAsync("/admin/broker/sessions")).StatusCode);
    }

    [Fact]
    public async Task A_policy_for_all_endpoints_holds_for_the_brokers_too()
    {
        await using ApplicationProcess app = await ApplicationProcess.StartAsync(ForeignApplication.Program, "Plant:Closed=true");
        using HttpClient http = app.CreateHttp();
        HttpResponseMessage answer = await http.GetAsync("/skytree/health/ready");
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Contains("/enter", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_users_of_the_application_the_broker_has_its_own()
    {
        await using ApplicationProcess app = await ApplicationProcess.StartAsync(ForeignApplication.Program, "Plant:OwnUsers=false");
        Assert.Contains("sign in as 'admin' with the password", app.Output, StringComparison.Ordinal);
        string password = app.Output.Split("with the password ")[1].Split(' ')[0];
        using HttpClient http = app.CreateHttp();
        HttpResponseMessage asked = await http.GetAsync("/skytree/sessions");
        Assert.Equal($"{app.Address}skytree/login?to=%2Fskytree%2Fsessions", asked.Headers.Location!.AbsoluteUri);
        HttpResponseMessage signedIn = await http.PostAsJsonAsync("/skytree/api/v1/login", new { name = "admin", password });
        Assert.Equal(HttpStatusCode.OK, signedIn.StatusCode);
        Assert.Contains("Plant counter", await http.GetStringAsync("/counter"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_users_of_the_application_there_is_no_account()
    {
        await using ApplicationProcess app = await ApplicationProcess.StartAsync(ForeignApplication.Program);
        Assert.DoesNotContain("sign in as", app.Output, StringComparison.Ordinal);
        using HttpClient http = app.CreateHttp();
        HttpResponseMessage asked = await http.GetAsync("/skytree/login?to=/skytree/sessions");
        Assert.StartsWith($"{app.Address}enter?ReturnUrl=%2Fskytree%2Fsessions", asked.Headers.Location!.AbsoluteUri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_stops_with_the_application_and_its_services_have_the_last_word()
    {
        string folder = Directory.CreateTempSubdirectory("skytree-embedding-").FullName;
        try
        {
            await using (ApplicationProcess app = await ApplicationProcess.StartAsync(ForeignApplication.Program, $"SkyTree:Data={folder}"))
            {
                using IMqttClient client = await app.ConnectAsync("told");
                using IMqttClient web = new MqttClientFactory().CreateMqttClient();
                await web.ConnectAsync(new MqttClientOptionsBuilder().WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500)
                    .WithWebSocketServer(options => options.WithUri($"ws://127.0.0.1:{app.Address.Port}/mqtt")).Build());
                TaskCompletionSource<MqttClientDisconnectReason> byTcp = Watch(client);
                TaskCompletionSource<MqttClientDisconnectReason> byWeb = Watch(web);
                long begun = Environment.TickCount64;
                Assert.Equal(0, await app.StopAsync());
                Assert.True(Environment.TickCount64 - begun < 25_000, $"It took {Environment.TickCount64 - begun} ms.");
                Assert.Equal(MqttClientDisconnectReason.ServerShuttingDown, await byTcp.Task.WaitAsync(Deadline.Default));
                Assert.Equal(MqttClientDisconnectReason.ServerShuttingDown, await byWeb.Task.WaitAsync(Deadline.Default));
                Assert.DoesNotContain("fail:", app.Output, StringComparison.Ordinal);
                Assert.DoesNotContain("crit:", app.Output, StringComparison.Ordinal);
            }

            await using ApplicationProcess again = await ApplicationProcess.StartAsync(ForeignApplication.Program, $"SkyTree:Data={folder}");
            using IMqttClient late = await again.ConnectAsync("late");
            TaskCompletionSource<string> word = new(TaskCreationOptions.RunContinuationsAsynchronously);
            late.ApplicationMessageReceivedAsync += message => Task.FromResult(word.TrySetResult(message.ApplicationMessage.ConvertPayloadToString()));
            await late.SubscribeAsync("plant/state", MqttQualityOfServiceLevel.AtLeastOnce);
            Assert.Equal("stopped", await word.Task.WaitAsync(Deadline.Default));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Two_hosts_of_one_process_know_nothing_of_each_other()
    {
        string folder = Directory.CreateTempSubdirectory("skytree-embedding-").FullName;
        try
        {
            await using WebApplication one = await StartAsync(Path.Combine(folder, "one"));
            using IHost two = await StartWorkerAsync(Path.Combine(folder, "two"));
            ISkyTreeClient first = one.Services.GetRequiredService<ISkyTreeClient>();
            ISkyTreeClient second = two.Services.GetRequiredService<ISkyTreeClient>();
            await first.PublishAsync("who", "one", retain: true);
            await second.PublishAsync("who", "two", retain: true);
            Assert.Equal("one", await FirstAsync(first));
            Assert.Equal("two", await FirstAsync(second));
            Assert.NotSame(one.Services.GetRequiredService<Broker>(), two.Services.GetRequiredService<Broker>());
            await two.StopAsync();
            Assert.Equal("one", await FirstAsync(first));
            await one.StopAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_second_broker_of_one_application_is_refused_and_so_is_mapping_none()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.AddSkyTree();
        Assert.Contains("one broker", Assert.Throws<InvalidOperationException>(() => builder.AddSkyTree()).Message, StringComparison.Ordinal);
        WebApplication without = WebApplication.CreateBuilder().Build();
        Assert.Contains("AddSkyTree", Assert.Throws<InvalidOperationException>(() => without.MapSkyTree()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_its_configuration_ends_the_start_with_the_reason()
    {
        string folder = Directory.CreateTempSubdirectory("skytree-embedding-").FullName;
        try
        {
            HostApplicationBuilder builder = Worker(folder, skyTree => skyTree.Settings["Mqtt:MaximumQos"] = "7");
            using IHost host = builder.Build();
            Exception exception = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());
            Assert.Contains("SkyTree:Mqtt:", exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<WebApplication> StartAsync(string folder)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        builder.AddSkyTree(skyTree => Configure(skyTree, folder));
        WebApplication app = builder.Build();
        app.MapSkyTree(configure: endpoints => endpoints.Portal = false);
        await app.StartAsync();
        return app;
    }

    private static async Task<IHost> StartWorkerAsync(string folder)
    {
        IHost host = Worker(folder).Build();
        await host.StartAsync();
        return host;
    }

    private static HostApplicationBuilder Worker(string folder, Action<SkyTreeHostOptions>? configure = null)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.AddSkyTree(skyTree =>
        {
            Configure(skyTree, folder);
            configure?.Invoke(skyTree);
        });
        return builder;
    }

    private static void Configure(SkyTreeHostOptions skyTree, string folder)
    {
        skyTree.Settings["Data"] = folder;
        skyTree.Settings["Listeners:mqtt:Port"] = "0";
    }

    private static async Task<string> FirstAsync(ISkyTreeClient client)
    {
        using CancellationTokenSource deadline = new(Deadline.Default);
        await foreach (ReceivedMessage message in client.ReadAsync("who", deadline.Token))
        {
            return Encoding.UTF8.GetString(message.Payload.Span);
        }

        throw new InvalidOperationException("There is none.");
    }

    private static TaskCompletionSource<MqttClientDisconnectReason> Watch(IMqttClient client)
    {
        TaskCompletionSource<MqttClientDisconnectReason> reason = new(TaskCreationOptions.RunContinuationsAsynchronously);
        client.DisconnectedAsync += gone => Task.FromResult(reason.TrySetResult(gone.Reason));
        return reason;
    }
}
