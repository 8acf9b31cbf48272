using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using SkyTree.Cluster.Peers;
using SkyTree.Cluster.Peers.Hosting;
using Xunit;

namespace SkyTree.Cluster.Tests.Peers;

/// <summary>A node with its links on a real server, beside an endpoint for web pages.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private static long _incarnations;

    private readonly WebApplication _app;

    private TestNode(PeerLinksOptions options)
    {
        Options = options;
        Links = new PeerLinks(options, Handler, TimeProvider.System, Log);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting().AddSkyTreePeers();
        ListenOptions? cluster = null;
        ListenOptions? web = null;
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.Limits.UseSkyTreePeers();
            kestrel.Listen(IPAddress.Loopback, 0, listen => (cluster = listen).UseSkyTreePeers(options.Security));
            kestrel.Listen(IPAddress.Loopback, 0, listen => (web = listen).Protocols = HttpProtocols.Http1AndHttp2);
        });
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        _app = builder.Build();
        _app.MapSkyTreePeers(Links);
        _app.UseRouting();
        _app.MapGet("/page", () => "a page");
        _app.StartAsync().GetAwaiter().GetResult();
        EndPoint = cluster!.IPEndPoint!;
        WebEndPoint = web!.IPEndPoint!;
    }

    public PeerLinksOptions Options { get; }

    public NodeId Id => Options.Node;

    public TestHandler Handler { get; } = new();

    public TestLog Log { get; } = new();

    public PeerLinks Links { get; }

    public IPEndPoint EndPoint { get; }

    public IPEndPoint WebEndPoint { get; }

    public PeerAddress Address => AddressAt(EndPoint);

    public static TestNode Start(TestAuthority authority, Func<PeerLinksOptions, PeerLinksOptions>? change = null)
        => Start(authority.Issue(), change);

    public static TestNode Start(IPeerSecurity security, Func<PeerLinksOptions, PeerLinksOptions>? change = null)
    {
        PeerLinksOptions options = new()
        {
            Cluster = "Prüfstand",
            Node = NodeId.New(),
            Incarnation = Interlocked.Increment(ref _incarnations),
            Security = security,
        };
        return new TestNode(change is null ? options : change(options));
    }

    /// <summary>This node, reached another way.</summary>
    public PeerAddress AddressAt(IPEndPoint endPoint) => new(Id, new Uri($"https://{endPoint}"));

    /// <summary>Links to a node and waits for it.</summary>
    public async Task<PeerLink> LinkToAsync(PeerAddress peer)
    {
        Links.SetPeers([peer]);
        PeerLink link = Links.Find(peer.Id)!;
        await Eventually.HoldsAsync(() => link.IsConnected);
        return link;
    }

    public async ValueTask DisposeAsync()
    {
        await Links.DisposeAsync();
        await _app.DisposeAsync();
        Assert.Empty(Handler.Faults);
    }
}
