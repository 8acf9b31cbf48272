namespace SkyTree.AspNetCore.Portal.Traffic.Client;

/// <summary>Whether the client in the browser is connected.</summary>
internal enum ClientState
{
    /// <summary>It is not.</summary>
    Closed,

    /// <summary>It has asked to be.</summary>
    Connecting,

    /// <summary>It is.</summary>
    Connected,
}
