using System.Net;

namespace SkyTree.AspNetCore.Listeners;

/// <summary>Log messages of listeners: events 2000 to 2099.</summary>
internal static partial class Log
{
    [LoggerMessage(2000, LogLevel.Information, "{Listener}: the certificate '{Path}' has been read again.")]
    public static partial void CertificateReloaded(ILogger logger, string listener, string path);

    [LoggerMessage(2001, LogLevel.Error, "{Listener}: the new certificate '{Path}' cannot be used, the old one is kept: {Reason}")]
    public static partial void CertificateKept(ILogger logger, string listener, string path, string reason);

    [LoggerMessage(2002, LogLevel.Debug, "{Listener}: {RemoteEndPoint} is over a limit and was closed.")]
    public static partial void NotAdmitted(ILogger logger, string listener, EndPoint? remoteEndPoint);

    [LoggerMessage(2003, LogLevel.Debug, "{Listener}: {RemoteEndPoint} sent no valid PROXY header and was closed.")]
    public static partial void NoProxyHeader(ILogger logger, string listener, EndPoint? remoteEndPoint);

    [LoggerMessage(2004, LogLevel.Debug, "{Listener}: {RemoteEndPoint} is no trusted proxy and was closed.")]
    public static partial void UntrustedProxy(ILogger logger, string listener, EndPoint? remoteEndPoint);

    [LoggerMessage(2005, LogLevel.Error, "{Listener}: serving {RemoteEndPoint} failed.")]
    public static partial void ServingFailed(ILogger logger, Exception exception, string listener, EndPoint? remoteEndPoint);
}
