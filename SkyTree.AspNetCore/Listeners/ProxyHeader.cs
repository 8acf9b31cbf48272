using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace SkyTree.AspNetCore.Listeners;

/// <summary>What a parser of a PROXY header found out so far.</summary>
internal enum ProxyHeaderStatus
{
    /// <summary>The header goes on.</summary>
    Incomplete,

    /// <summary>It is whole and right.</summary>
    Complete,

    /// <summary>It is not a PROXY header, or a wrong one.</summary>
    Malformed,
}

/// <summary>
/// The header that a proxy sends before the client's bytes: PROXY protocol, version 1 (text) and 2 (binary), as
/// described in HAProxy's doc/proxy-protocol.txt. Strict: what the description does not allow is malformed.
/// </summary>
/// <param name="Length">Its length in bytes.</param>
/// <param name="IsLocal">The proxy itself connected, for example to see whether the listener is alive: the connection's own addresses hold.</param>
/// <param name="Source">The client's address; null when the proxy does not know it or it is none of IP.</param>
/// <param name="Destination">The address that the client connected to, or null.</param>
internal readonly record struct ProxyHeader(int Length, bool IsLocal, IPEndPoint? Source, IPEndPoint? Destination)
{
    /// <summary>Of version 1, CR LF included.</summary>
    public const int MaximumTextLength = 107;

    /// <summary>Of version 2: 16 bytes and what follows them, for which this broker allows 520.</summary>
    public const int MaximumBinaryLength = 536;

    private const int BinaryPrefixLength = 16;

    private static ReadOnlySpan<byte> TextSignature => "PROXY "u8;

    private static ReadOnlySpan<byte> BinarySignature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Parses the first bytes of a connection.</summary>
    /// <param name="bytes">All that has been received, or at least the first 536 bytes.</param>
    /// <param name="header">The header, when complete.</param>
    public static ProxyHeaderStatus Parse(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        return StartsAs(bytes, BinarySignature) ? ParseBinary(bytes, out header)
            : StartsAs(bytes, TextSignature) ? ParseText(bytes, out header)
            : ProxyHeaderStatus.Malformed;
    }

    private static bool StartsAs(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature)
    {
        int length = Math.Min(bytes.Length, signature.Length);
        return bytes[..length].SequenceEqual(signature[..length]);
    }

    private static ProxyHeaderStatus ParseText(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        ReadOnlySpan<byte> window = bytes[..Math.Min(bytes.Length, MaximumTextLength)];
        int end = window.IndexOf("\r\n"u8);
        if (end < 0)
        {
            return bytes.Length < MaximumTextLength ? ProxyHeaderStatus.Incomplete : ProxyHeaderStatus.Malformed;
        }

        string line = Encoding.ASCII.GetString(window[..end]);
        int length = end + 2;
        string[] words = line.Split(' ');
        if (words is ["PROXY", "UNKNOWN", ..])
        {
            // What may follow is to be ignored.
            header = new ProxyHeader(length, IsLocal: false, Source: null, Destination: null);
            return ProxyHeaderStatus.Complete;
        }

        if (words is ["PROXY", "TCP4" or "TCP6", var source, var destination, var sourcePort, var destinationPort]
            && TryParseEndPoint(words[1], source, sourcePort) is { } from
            && TryParseEndPoint(words[1], destination, destinationPort) is { } to)
        {
            header = new ProxyHeader(length, IsLocal: false, from, to);
            return ProxyHeaderStatus.Complete;
        }

        return ProxyHeaderStatus.Malformed;
    }

    private static IPEndPoint? TryParseEndPoint(string family, string address, string port)
    {
        bool isIPv4 = family == "TCP4";
        // The parser of the framework takes more than the protocol: brackets, scopes, "127.1", hexadecimal.
        bool isPlain = address.All(letter => isIPv4 ? char.IsAsciiDigit(letter) || letter == '.' : char.IsAsciiHexDigit(letter) || letter is ':' or '.');
        if (!isPlain
            || !IPAddress.TryParse(address, out IPAddress? parsed)
            || (isIPv4 ? parsed.ToString() != address : parsed.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
            || !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number)
            || (port.Length > 1 && port[0] == '0'))
        {
            return null;
        }

        return new IPEndPoint(parsed, number);
    }

    private static ProxyHeaderStatus ParseBinary(ReadOnlySpan<byte> bytes, out ProxyHeader header)
    {
        header = default;
        if (bytes.Length < BinaryPrefixLength)
        {
            return ProxyHeaderStatus.Incomplete;
        }

        int length = BinaryPrefixLength + BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        int addresses = AddressesLength(bytes[13]);
        if (bytes[12] is not (0x20 or 0x21) || addresses < 0 || length > MaximumBinaryLength)
        {
            return ProxyHeaderStatus.Malformed;
        }

        bool isLocal = bytes[12] == 0x20;
        if (!isLocal && BinaryPrefixLength + addresses > length)
        {
            return ProxyHeaderStatus.Malformed;
        }

        if (bytes.Length < length)
        {
            return ProxyHeaderStatus.Incomplete;
        }

        if (!isLocal && !IsTypeLengthValues(bytes[(BinaryPrefixLength + addresses)..length]))
        {
            return ProxyHeaderStatus.Malformed;
        }

        ReadOnlySpan<byte> block = bytes[BinaryPrefixLength..length];
        header = (isLocal, bytes[13]) switch
        {
            (true, _) => new ProxyHeader(length, IsLocal: true, Source: null, Destination: null),
            (_, 0x11) => new ProxyHeader(length, IsLocal: false, EndPointOf(block[..4], block[8..]), EndPointOf(block[4..8], block[10..])),
            (_, 0x21) => new ProxyHeader(length, IsLocal: false, EndPointOf(block[..16], block[32..]), EndPointOf(block[16..32], block[34..])),
            _ => new ProxyHeader(length, IsLocal: false, Source: null, Destination: null),
        };
        return ProxyHeaderStatus.Complete;
    }

    /// <summary>The length of both addresses of a family over a stream; −1 for what cannot be behind a TCP listener.</summary>
    private static int AddressesLength(byte family) => family switch
    {
        0x00 => 0,
        0x11 => 12,
        0x21 => 36,
        0x31 => 216,
        _ => -1,
    };

    private static IPEndPoint EndPointOf(ReadOnlySpan<byte> address, ReadOnlySpan<byte> port)
        => new(new IPAddress(address), BinaryPrimitives.ReadUInt16BigEndian(port));

    private static bool IsTypeLengthValues(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 3 && bytes.Length >= 3 + BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]))
        {
            bytes = bytes[(3 + BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]))..];
        }

        return bytes.IsEmpty;
    }
}
