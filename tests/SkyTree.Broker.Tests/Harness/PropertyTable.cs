using System.Collections.Frozen;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>How a property's value is encoded (MQTT 5.0, 1.5).</summary>
internal enum PropertyKind
{
    Byte,
    UInt16,
    UInt32,
    VariableInteger,
    Text,
    Binary,
    Pair,
}

/// <summary>A property: its identifier, its name in scenarios, its encoding and the packets from the server that may carry it.</summary>
internal sealed record PropertyInfo(int Id, string Key, PropertyKind Kind, string FromServer);

/// <summary>
/// The properties of MQTT 5.0, 2.2.2.2. Written down here a second time, apart from the broker's codec, so that the
/// tests do not judge the codec by itself.
/// </summary>
internal static class PropertyTable
{
    public static readonly PropertyInfo[] All =
    [
        new(1, "payload-format", PropertyKind.Byte, "PUBLISH"),
        new(2, "message-expiry", PropertyKind.UInt32, "PUBLISH"),
        new(3, "content-type", PropertyKind.Text, "PUBLISH"),
        new(8, "response-topic", PropertyKind.Text, "PUBLISH"),
        new(9, "correlation", PropertyKind.Binary, "PUBLISH"),
        new(11, "sub-id", PropertyKind.VariableInteger, "PUBLISH"),
        new(17, "expiry", PropertyKind.UInt32, "CONNACK"),
        new(18, "assigned-client", PropertyKind.Text, "CONNACK"),
        new(19, "server-keepalive", PropertyKind.UInt16, "CONNACK"),
        new(21, "auth-method", PropertyKind.Text, "CONNACK AUTH"),
        new(22, "auth-data", PropertyKind.Binary, "CONNACK AUTH"),
        new(23, "problem-info", PropertyKind.Byte, ""),
        new(24, "delay", PropertyKind.UInt32, ""),
        new(25, "request-response-info", PropertyKind.Byte, ""),
        new(26, "response-info", PropertyKind.Text, "CONNACK"),
        new(28, "server-reference", PropertyKind.Text, "CONNACK DISCONNECT"),
        new(31, "reason", PropertyKind.Text, "CONNACK PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK DISCONNECT AUTH"),
        new(33, "receive-max", PropertyKind.UInt16, "CONNACK"),
        new(34, "alias-max", PropertyKind.UInt16, "CONNACK"),
        new(35, "alias", PropertyKind.UInt16, "PUBLISH"),
        new(36, "max-qos", PropertyKind.Byte, "CONNACK"),
        new(37, "retain-available", PropertyKind.Byte, "CONNACK"),
        new(38, "user", PropertyKind.Pair, "CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBACK UNSUBACK DISCONNECT AUTH"),
        new(39, "max-packet", PropertyKind.UInt32, "CONNACK"),
        new(40, "wildcard-available", PropertyKind.Byte, "CONNACK"),
        new(41, "sub-id-available", PropertyKind.Byte, "CONNACK"),
        new(42, "shared-available", PropertyKind.Byte, "CONNACK"),
    ];

    private static readonly FrozenDictionary<string, PropertyInfo> ByKey = All.ToFrozenDictionary(p => p.Key);
    private static readonly FrozenDictionary<int, PropertyInfo> ById = All.ToFrozenDictionary(p => p.Id);

    public static PropertyInfo? Find(string key) => ByKey.GetValueOrDefault(key);

    public static PropertyInfo? Find(int id) => ById.GetValueOrDefault(id);
}
