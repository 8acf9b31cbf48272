using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SkyTree.AspNetCore;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Listeners;
using SkyTree.AspNetCore.Security;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Accounts;
using SkyTree.Web;
using SkyTree.Web.Configuration;

namespace SkyTree.Portal.Tests.Harness;

/// <summary>The whole program on free ports of this machine with a data folder of its own, in this process: tests reach its broker.</summary>
internal sealed class PortalHost : IAsyncDisposable
{
    /// <summary>The password of every account that tests make.</summary>
    public const string Password = "correct horse battery";

    private readonly string[] _arguments;
    private readonly string _folder;
    private WebApplication? _app;
    private int _port;

    static PortalHost() => Environment.SetEnvironmentVariable(FirstAccount.Variable, Password);

    private PortalHost(WebApplication app, string folder, string[] arguments) => (_app, _folder, _arguments) = (app, folder, arguments);

    /// <summary>The browser's cookies, by the role that it signed in with. Here, not by address: another host may get the port once this one has gone.</summary>
    public ConcurrentDictionary<AdminRole, Task<string>> SignIns { get; } = new();

    public Core.Broker Broker => _app!.Services.GetRequiredService<Core.Broker>();

    public BrokerAdmin Admin => Broker.Admin;

    /// <summary>All that the program is made of.</summary>
    public IServiceProvider Services => _app!.Services;

    /// <summary>The folder of its data.</summary>
    public string Data => Path.Combine(_folder, "data");

    public Uri Address => new($"http://127.0.0.1:{PortOf("http")}/");

    public int MqttPort => PortOf("mqtt");

    public static async Task<PortalHost> StartAsync(params string[] arguments)
    {
        string folder = Directory.CreateTempSubdirectory("skytree-portal-").FullName;
        return new PortalHost(await RunAsync(folder, 0, arguments), folder, arguments);
    }

    /// <summary>Ends it; its data stays.</summary>
    public async Task StopAsync()
    {
        _port = Address.Port;
        await EndAsync();
    }

    /// <summary>Starts it again on its data and its HTTP port.</summary>
    public async Task StartAgainAsync() => _app = await RunAsync(_folder, _port, _arguments);

    /// <summary>Makes an account that may do what the role may.</summary>
    public async Task<AdminAccount> AddAccountAsync(string name, AdminRole role, bool mustChangePassword = false) =>
        await Admin.Accounts.CreateAsync(Caller.Console, name, role, Password, mustChangePassword);

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<WebApplication> RunAsync(string folder, int httpPort, string[] arguments)
    {
        WebApplicationBuilder builder = SkyTreeProgram.CreateBuilder(CommandLine.Parse(
            ["--mqtt-port", "0", "--http-port", $"{httpPort}", "--data", Path.Combine(folder, "data"), "--Logging:LogLevel:Default=Warning", .. arguments]));
        WebApplication app = builder.AddSkyTreeParts().Build();
        app.MapSkyTreeParts();
        await app.StartAsync();
        return app;
    }

    private async Task EndAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    private int PortOf(string listener) => _app!.Services.GetRequiredService<ActiveListeners>().All.Single(active => active.Name == listener).EndPoint.Port;
}
