using System.Net;

namespace SkyTree.Cluster.Administration;

/// <summary>Endpoints as people write them.</summary>
internal static class EndPointText
{
    /// <summary><c>address:port</c>, without the address family that the framework puts before a name.</summary>
    public static string ToAddress(this EndPoint endPoint) =>
        endPoint is DnsEndPoint name ? $"{name.Host}:{name.Port}" : endPoint.ToString()!;
}
