using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SkyTree.AspNetCore;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Listeners;
using SkyTree.Core.Listeners;
using SkyTree.Web.Configuration;

namespace SkyTree.Web.Tests;

/// <summary>The program's listeners on free ports of this machine, serving an echo instead of MQTT.</summary>
internal sealed class EchoHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EchoHost(WebApplication app) => _app = app;

    public static TimeSpan Deadline { get; } = TimeSpan.FromSeconds(20);

    /// <summary>What the listeners handed over, in order.</summary>
    public BlockingCollection<ListenerConnection> Accepted { get; } = [];

    /// <summary>Tells <see cref="ConnectionServer"/> what to do; an echo unless set.</summary>
    public Func<ListenerConnection, Task> Serve { get; set; } = EchoAsync;

    public static async Task<EchoHost> StartAsync(params string[] arguments)
    {
        WebApplicationBuilder builder = SkyTreeProgram.CreateBuilder(CommandLine.Parse(["--mqtt-port", "0", "--http-port", "0", .. arguments]));
        EchoHost? host = null;
        builder.AddListeners(builder.Configuration.ReadSkyTree());
        builder.Services.AddSingleton<ConnectionServer>(connection => host!.ServeAsync(connection));
        WebApplication app = builder.Build();
        app.MapSkyTreeParts();
        host = new EchoHost(app);
        await app.StartAsync();
        return host;
    }

    public ActiveListener Listener(string name) => _app.Services.GetRequiredService<ActiveListeners>().All.Single(listener => listener.Name == name);

    public async Task<Socket> ConnectAsync(string listener)
    {
        IPEndPoint endPoint = Listener(listener).EndPoint;
        Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(endPoint).WaitAsync(Deadline);
        return socket;
    }

    /// <summary>Whether the listener closes a new connection at once; on loopback that may be seen while still connecting.</summary>
    public async Task<bool> RefusesAsync(string listener)
    {
        try
        {
            using Socket socket = await ConnectAsync(listener);
            return !await socket.EchoesAsync();
        }
        catch (SocketException)
        {
            return true;
        }
    }

    /// <summary>The next connection that a listener handed over.</summary>
    public ListenerConnection NextAccepted()
        => Accepted.TryTake(out ListenerConnection? connection, Deadline) ? connection : throw new TimeoutException("No connection was handed over.");

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(1));
        await _app.StopAsync(deadline.Token);
        await _app.DisposeAsync();
        Accepted.Dispose();
    }

    public static async Task EchoAsync(ListenerConnection connection)
    {
        PipeReader input = connection.Transport.Input;
        ReadResult result;
        do
        {
            result = await input.ReadAsync();
            foreach (ReadOnlyMemory<byte> segment in result.Buffer)
            {
                await connection.Transport.Output.WriteAsync(segment);
            }

            input.AdvanceTo(result.Buffer.End);
        }
        while (!result.IsCompleted);
    }

    private Task ServeAsync(ListenerConnection connection)
    {
        Accepted.Add(connection);
        return Serve(connection);
    }
}
