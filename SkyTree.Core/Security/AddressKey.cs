using System.Net;
using System.Net.Sockets;

namespace SkyTree.Core.Security;

/// <summary>What counts as one address: of IPv6 the first 64 bits, which one subscriber has to themselves.</summary>
internal static class AddressKey
{
    public static string Of(string? address)
    {
        if (!IPAddress.TryParse(address, out IPAddress? parsed))
        {
            return "";
        }

        if (parsed.IsIPv4MappedToIPv6)
        {
            parsed = parsed.MapToIPv4();
        }

        if (parsed.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return parsed.ToString();
        }

        byte[] bytes = parsed.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes).ToString() + "/64";
    }
}
