using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using SkyTree.Core.Listeners;

namespace SkyTree.AspNetCore.Listeners;

/// <summary>The end of the connection middleware of TCP and TLS listeners: hands the connection to the broker.</summary>
internal sealed class MqttConnectionHandler(ActiveListener listener, ConnectionServer serve, ILogger logger)
{
    public async Task OnConnectedAsync(ConnectionContext connection)
    {
        X509Certificate2? certificate = connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate;
        ListenerConnection accepted = new()
        {
            Listener = listener.Listener,
            Transport = connection.Transport,
            RemoteEndPoint = connection.RemoteEndPoint,
            LocalEndPoint = connection.LocalEndPoint,
            CertificateSubject = certificate is not null && listener.Options.CertificateSubjectAsUserName ? CertificateSubject.UserName(certificate) : null,
            ClientCertificate = certificate,
            Tls = connection.Features.Get<ITlsHandshakeFeature>() is { } tls ? new TlsFacts(tls.Protocol, tls.NegotiatedCipherSuite) : null,
            Admission = connection.Features.Get<Admission>(),
            Abort = connection.Abort,
        };
        try
        {
            await serve(accepted);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The connection broke.
        }
        catch (Exception exception)
        {
            // The broker throws for nothing that a client does; one connection must not end more than itself.
            Log.ServingFailed(logger, exception, listener.Name, connection.RemoteEndPoint);
        }
    }
}
