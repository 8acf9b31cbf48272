using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;

namespace SkyTree.Cluster.Peers.Outbound;

/// <summary>
/// One network connection to a peer, and gRPC on it. It dials once: when the connection is lost, so is the channel. Its
/// end does not ask the other side, which may hang.
/// </summary>
internal sealed class PeerChannel : IDisposable
{
    // What a peer may send of answers before it must wait, one and all: a piece of a file, and room for others beside it.
    private const int StreamWindow = 2 * 1024 * 1024;

    private readonly GrpcChannel _channel;
    private readonly Lock _gate = new();

    // Under _gate.
    private Socket? _socket;
    private bool _hasDialled;
    private bool _isDisposed;

    public PeerChannel(PeerAddress peer, PeerLinksOptions options)
    {
        SslClientAuthenticationOptions ssl = options.Security.ForClient(peer);
        ssl.ApplicationProtocols = [SslApplicationProtocol.Http2];
        SocketsHttpHandler handler = new()
        {
            SslOptions = ssl,
            ConnectCallback = DialAsync,
            ConnectTimeout = options.ConnectTimeout,
            InitialHttp2StreamWindowSize = StreamWindow,
            EnableMultipleHttp2Connections = false,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            PooledConnectionLifetime = Timeout.InfiniteTimeSpan,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
        };
        _channel = GrpcChannel.ForAddress(peer.Address, new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            // Whoever answers has proved to be of the cluster; the sender has the bound.
            MaxReceiveMessageSize = null,
            MaxSendMessageSize = null,
            MaxRetryAttempts = null,
            ThrowOperationCanceledOnCancellation = true,
        });
        Invoker = _channel.CreateCallInvoker();
    }

    public CallInvoker Invoker { get; }

    public void Dispose()
    {
        Socket? socket;
        lock (_gate)
        {
            _isDisposed = true;
            socket = _socket;
        }

        socket?.Dispose();
        _channel.Dispose();
    }

    private async ValueTask<Stream> DialAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_hasDialled)
            {
                throw new IOException("the connection was lost");
            }

            _hasDialled = true;
        }

        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                _socket = socket;
            }

            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
