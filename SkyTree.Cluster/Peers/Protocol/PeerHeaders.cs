namespace SkyTree.Cluster.Peers.Protocol;

/// <summary>Names of headers and trailers beside those of <see cref="PeerHello"/>.</summary>
internal static class PeerHeaders
{
    /// <summary>Marks a failure of the handler, as distinct from one of the connection.</summary>
    public const string Failure = "skytree-failure";
}
