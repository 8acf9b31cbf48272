namespace SkyTree.Web.Tests;

/// <summary>The few packets of MQTT 5.0 that these tests need, as text with one letter a byte.</summary>
internal static class MqttBytes
{
    /// <summary>The first byte of CONNACK.</summary>
    public const char ConnAckType = '\x20';

    /// <summary>How DISCONNECT with reason 0x8B begins: its properties' length and what follows are the broker's choice.</summary>
    public const string ServerShuttingDown = "\x8b";

    public static string Connect(string clientId, string userName = "")
    {
        string payload = Text(clientId) + (userName.Length > 0 ? Text(userName) : "");
        string body = Text("MQTT") + "\x05" + (userName.Length > 0 ? "\x82" : "\x02") + "\0\x3c" + "\0" + payload;
        return "\x10" + (char)body.Length + body;
    }

    private static string Text(string text) => "\0" + (char)text.Length + text;
}
