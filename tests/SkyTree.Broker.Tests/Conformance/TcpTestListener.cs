using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Listeners;

namespace SkyTree.Broker.Tests.Conformance;

/// <summary>Accepts loopback connections and hands them to a broker, as a real listener does.</summary>
internal sealed class TcpTestListener : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TestBroker _broker;
    private readonly Task _accepting;

    public TcpTestListener(TestBroker broker)
    {
        _broker = broker;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public async Task<Socket> ConnectAsync()
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(_listener.LocalEndpoint);
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        List<Task> served = [];
        try
        {
            while (true)
            {
                served.Add(ServeAsync(await _listener.AcceptSocketAsync()));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The listener was disposed.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using NetworkStream stream = new(socket, ownsSocket: true);
        Duplex transport = new(PipeReader.Create(stream), PipeWriter.Create(stream));
        await _broker.Broker.ServeAsync(new ListenerConnection
        {
            Listener = _broker.Listener,
            Transport = transport,
            RemoteEndPoint = socket.RemoteEndPoint,
            LocalEndPoint = socket.LocalEndPoint,
            Abort = () => socket.Close(0),
        });
        await transport.Output.CompleteAsync();
        await transport.Input.CompleteAsync();
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }
}
