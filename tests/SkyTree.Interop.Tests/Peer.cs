using SkyTree.Interop.Tests.Broker;
using SkyTree.Interop.Tests.Clients;
using Xunit;

namespace SkyTree.Interop.Tests;

/// <summary>A client program, the listener that it uses and the protocol version that it speaks (3: 3.1, 4: 3.1.1, 5: 5.0).</summary>
public static class Peer
{
    private static readonly string[] s_everywhere = ["mqtt", "mqtts", "ws", "wss"];
    private static readonly int[] s_versions = [3, 4, 5];

    /// <summary>Every client over every listener that it can use, in every version.</summary>
    public static TheoryData<string, string, int> All { get; } = Combine(s_versions);

    /// <summary>The same in 5.0 alone.</summary>
    public static TheoryData<string, string, int> AllOfVersion5 { get; } = Combine([5]);

    /// <summary>A client that is not connected yet. The certificates are needed for addresses with TLS alone.</summary>
    internal static IInteropClient Create(Uri address, TestCertificates? certificates, string client, int version, Inbox inbox) => client switch
    {
        "mosquitto" => new MosquittoClient(address, version, certificates?.AuthorityPath, inbox),
        // Debian's Python has Debian's paho; another one may stand first on the path.
        "paho" => new DriverClient("/usr/bin/python3", "interop-python/client.py", address, version, certificates?.AuthorityPath, inbox),
        "MQTT.js" => new DriverClient("node", "interop-js/client.mjs", address, version, certificates?.AuthorityPath, inbox),
        "MQTTnet" => new MqttNetClient(address, version, certificates?.Authority, inbox),
        _ => throw new ArgumentOutOfRangeException(nameof(client), client, null),
    };

    private static TheoryData<string, string, int> Combine(int[] versions)
    {
        var peers = new TheoryData<string, string, int>();
        foreach (int version in versions)
        {
            foreach (string scheme in s_everywhere)
            {
                foreach (string client in (string[])["mosquitto", "paho", "MQTT.js", "MQTTnet"])
                {
                    // Debian's mosquitto_pub and mosquitto_sub speak no WebSocket.
                    if (client != "mosquitto" || scheme is "mqtt" or "mqtts")
                    {
                        peers.Add(client, scheme, version);
                    }
                }
            }
        }

        return peers;
    }
}
