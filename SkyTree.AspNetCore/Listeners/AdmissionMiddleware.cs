using System.Net;
using Microsoft.AspNetCore.Connections;
using SkyTree.AspNetCore.Configuration;
using SkyTree.Core.Listeners;

namespace SkyTree.AspNetCore.Listeners;

/// <summary>Closes connections over the listener's limits before a byte is read or a handshake begun.</summary>
internal sealed class AdmissionMiddleware(ActiveListener listener, ILogger logger)
{
    public async Task InvokeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        connection.RemoteEndPoint = Plain(connection.RemoteEndPoint);
        connection.LocalEndPoint = Plain(connection.LocalEndPoint);

        // Behind a proxy the client's address is not known yet; the connection is attributed to it later.
        IPAddress? address = listener.Options.ProxyProtocol == ProxyProtocol.Off ? (connection.RemoteEndPoint as IPEndPoint)?.Address : null;
        using Admission? admission = listener.Gate.TryEnter(address);
        if (admission is null)
        {
            Log.NotAdmitted(logger, listener.Name, connection.RemoteEndPoint);
            connection.Abort();
            return;
        }

        connection.Features.Set(admission);
        connection.Features.Set(listener);
        await next(connection);
    }

    /// <summary>A socket of both families shows IPv4 addresses as IPv6; nobody else should see them so.</summary>
    private static EndPoint? Plain(EndPoint? endPoint)
        => endPoint is IPEndPoint { Address.IsIPv4MappedToIPv6: true } ip ? new IPEndPoint(ip.Address.MapToIPv4(), ip.Port) : endPoint;
}
