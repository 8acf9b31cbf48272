using SkyTree.Core.Listeners;

namespace SkyTree.AspNetCore.Listeners;

/// <summary>What MQTT over WebSocket came in by.</summary>
/// <param name="Listener">What the broker knows of it.</param>
/// <param name="CertificateSubjectAsUserName">Whether the common name of a client's certificate is its user name.</param>
internal sealed record WebListener(Listener Listener, bool CertificateSubjectAsUserName)
{
    /// <summary>The endpoints of the application that hosts the broker.</summary>
    public static WebListener OfApplication { get; } = new(new Listener("application", ListenerKind.WebSocket, new ListenerLimits()), CertificateSubjectAsUserName: false);
}
