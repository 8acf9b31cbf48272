using System.Net.Security;

namespace SkyTree.Cluster.Peers;

/// <summary>How nodes prove to each other that they belong to one cluster.</summary>
internal interface IPeerSecurity
{
    /// <summary>
    /// For one handshake of a node that was dialled. A client certificate must be required and judged; the protocol (HTTP/2)
    /// is added by the caller, so each call gives a new object.
    /// </summary>
    SslServerAuthenticationOptions ForServer();

    /// <summary>For the handshakes of a node that dials another. Each call gives a new object.</summary>
    SslClientAuthenticationOptions ForClient(PeerAddress peer);
}
