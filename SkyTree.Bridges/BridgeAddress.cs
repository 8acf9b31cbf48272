using System.Diagnostics.CodeAnalysis;

namespace SkyTree.Bridges;

/// <summary>Where another broker is.</summary>
/// <param name="Uri">Its address, with port and path.</param>
/// <param name="IsSecure">Whether it speaks TLS.</param>
/// <param name="IsWebSocket">Whether it speaks WebSocket.</param>
internal sealed record BridgeAddress(Uri Uri, bool IsSecure, bool IsWebSocket)
{
    /// <summary>Reads an address.</summary>
    /// <param name="text">Such as <c>mqtts://plant.example:8883</c>.</param>
    /// <param name="address">The address, when true is returned.</param>
    /// <param name="problem">What is wrong with it, when false is.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out BridgeAddress? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0 || Port(uri.Scheme) is not { } port)
        {
            problem = $"'{Shown(text)}' is no address such as mqtt://plant.example:1883; it begins with mqtt, mqtts, ws or wss";
            return false;
        }

        if (uri.UserInfo.Length > 0)
        {
            problem = "the user name and the password are options of their own, UserName and PasswordPath";
            return false;
        }

        bool isWebSocket = uri.Scheme.StartsWith('w');
        bool hasPath = uri.PathAndQuery.Length > 1;
        if ((hasPath && !isWebSocket) || uri.Fragment.Length > 0)
        {
            problem = $"'{text}' has more than a host and a port";
            return false;
        }

        var full = new UriBuilder(uri) { Port = uri.Port > 0 ? uri.Port : port };
        if (isWebSocket && !hasPath)
        {
            full.Path = "/mqtt";
        }

        address = new BridgeAddress(full.Uri, uri.Scheme is "mqtts" or "wss", isWebSocket);
        problem = null;
        return true;
    }

    private static int? Port(string scheme) => scheme switch
    {
        "mqtt" => 1883,
        "mqtts" => 8883,
        "ws" => 80,
        "wss" => 443,
        _ => null,
    };

    // Somebody may have written a password into it.
    private static string Shown(string text) => text.LastIndexOf('@') is var at and >= 0 ? "…" + text[at..] : text;
}
