namespace SkyTree.Core.Connections;

/// <summary>How far a connection has come.</summary>
internal enum ConnectionState
{
    /// <summary>CONNECT has not come.</summary>
    AwaitingConnect,

    /// <summary>CONNECT is being judged; with enhanced authentication, AUTH packets go back and forth.</summary>
    Authenticating,

    /// <summary>CONNACK with Success has been sent.</summary>
    Connected,

    /// <summary>Its last packet has been sent or received; what still comes is not read.</summary>
    Closing,
}
