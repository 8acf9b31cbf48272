using System.Net;

namespace SkyTree.Core.Security;

/// <summary>An address or a network, as rules name them.</summary>
internal static class AddressRange
{
    public static bool TryParse(string text, out IPNetwork network)
    {
        if (IPNetwork.TryParse(text, out network))
        {
            return true;
        }

        if (!IPAddress.TryParse(text, out IPAddress? address))
        {
            return false;
        }

        address = Plain(address);
        network = new IPNetwork(address, address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128);
        return true;
    }

    /// <summary>A client's address as networks are compared with; null: it has none.</summary>
    public static IPAddress? Of(ClientIdentity client) => IPAddress.TryParse(client.RemoteAddress, out IPAddress? address) ? Plain(address) : null;

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
