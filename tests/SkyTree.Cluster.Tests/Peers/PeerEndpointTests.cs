using System.Net;
using System.Net.Http;
using System.Net.Security;
using SkyTree.Cluster.Peers;
using Xunit;

namespace SkyTree.Cluster.Tests.Peers;

public sealed class PeerEndpointTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData("/page")]
    [InlineData("/")]
    [InlineData("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")]
    public async Task The_clusters_endpoint_serves_nothing_else(string path)
    {
        await using TestNode node = TestNode.Start(_authority);
        using HttpClient client = Client(_authority.Issue().ForClient(node.Address));

        using HttpResponseMessage response = await client.GetAsync(new Uri(node.Address.Address, path), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData("Frames")]
    [InlineData("Ping")]
    [InlineData("Request")]
    [InlineData("ReadFile")]
    public async Task Other_endpoints_do_not_serve_peers(string method)
    {
        await using TestNode node = TestNode.Start(_authority);
        using HttpClient client = Client(new SslClientAuthenticationOptions());
        Uri web = new($"http://{node.WebEndPoint}");

        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(web, $"/skytree.Peers/{method}"))
        {
            Content = new ByteArrayContent([]) { Headers = { ContentType = new("application/grpc") } },
        };
        using HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("a page", await client.GetStringAsync(new Uri(web, "/page"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Nothing_is_served_without_a_certificate()
    {
        await using TestNode node = TestNode.Start(_authority);
        SslClientAuthenticationOptions ssl = _authority.Issue().ForClient(node.Address);
        ssl.ClientCertificateContext = null;
        using HttpClient client = Client(ssl);

        await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetAsync(new Uri(node.Address.Address, "/page"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Nothing_is_served_without_a_certificate_even_if_its_judge_admits_none()
    {
        await using TestNode node = TestNode.Start(new Careless(_authority.Issue()));
        SslClientAuthenticationOptions ssl = _authority.Issue().ForClient(node.Address);
        ssl.ClientCertificateContext = null;
        using HttpClient client = Client(ssl);

        await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetAsync(new Uri(node.Address.Address, "/page"), TestContext.Current.CancellationToken));
    }

    private static HttpClient Client(SslClientAuthenticationOptions ssl)
        => new(new SocketsHttpHandler { SslOptions = ssl, ConnectTimeout = Eventually.Deadline })
        {
            DefaultRequestVersion = ssl.TargetHost is null ? HttpVersion.Version11 : HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

    private sealed class Careless(IPeerSecurity careful) : IPeerSecurity
    {
        public SslServerAuthenticationOptions ForServer()
        {
            SslServerAuthenticationOptions options = careful.ForServer();
            options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is null;
            return options;
        }

        public SslClientAuthenticationOptions ForClient(PeerAddress peer) => careful.ForClient(peer);
    }
}
