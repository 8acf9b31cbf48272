using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using SkyTree.Core.Listeners;

namespace SkyTree.AspNetCore.Listeners;

/// <summary>Takes the PROXY header off a connection and puts the addresses that it names in the place of the proxy's.</summary>
internal sealed class ProxyProtocolMiddleware(ActiveListener listener, TimeProvider timeProvider, ILogger logger)
{
    public async Task InvokeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        if (!IsTrusted(connection.RemoteEndPoint))
        {
            Log.UntrustedProxy(logger, listener.Name, connection.RemoteEndPoint);
            return;
        }

        if (await ReadHeaderAsync(connection.Transport.Input) is not { } header)
        {
            Log.NoProxyHeader(logger, listener.Name, connection.RemoteEndPoint);
            return;
        }

        if (!header.IsLocal)
        {
            connection.RemoteEndPoint = header.Source;
            connection.LocalEndPoint = header.Destination ?? connection.LocalEndPoint;
        }

        Admission? admission = connection.Features.Get<Admission>();
        if (connection.RemoteEndPoint is IPEndPoint { Address: var address } && admission?.TryAttribute(address) == false)
        {
            Log.NotAdmitted(logger, listener.Name, connection.RemoteEndPoint);
            return;
        }

        await next(connection);
    }

    private async Task<ProxyHeader?> ReadHeaderAsync(PipeReader input)
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(listener.Options.Limits.ConnectTimeoutSeconds), timeProvider);
        using CancellationTokenRegistration registration = deadline.Token.UnsafeRegister(static input => ((PipeReader)input!).CancelPendingRead(), input);
        while (true)
        {
            ReadResult result = await input.ReadAsync(CancellationToken.None);
            ProxyHeaderStatus status = Parse(result.Buffer, out ProxyHeader header);
            if (status == ProxyHeaderStatus.Complete)
            {
                input.AdvanceTo(result.Buffer.GetPosition(header.Length));
                return header;
            }

            input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            if (status == ProxyHeaderStatus.Malformed || result.IsCompleted || deadline.IsCancellationRequested)
            {
                return null;
            }
        }
    }

    private static ProxyHeaderStatus Parse(in ReadOnlySequence<byte> received, out ProxyHeader header)
    {
        Span<byte> bytes = stackalloc byte[ProxyHeader.MaximumBinaryLength];
        int length = (int)Math.Min(received.Length, bytes.Length);
        received.Slice(0, length).CopyTo(bytes);
        return ProxyHeader.Parse(bytes[..length], out header);
    }

    private bool IsTrusted(EndPoint? proxy)
        => listener.TrustedProxies.Length == 0
            || (proxy is IPEndPoint { Address: var address }
                && Array.Exists(listener.TrustedProxies, network => network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)));
}
