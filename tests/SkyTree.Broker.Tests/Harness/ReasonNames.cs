using System.Collections.Frozen;
using System.Globalization;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>The names of reason codes in scenarios: the specification's, in lower case with hyphens.</summary>
internal static class ReasonNames
{
    private static readonly FrozenDictionary<byte, string> Names = new Dictionary<byte, string>
    {
        [0x00] = "success",
        [0x01] = "granted-qos-1",
        [0x02] = "granted-qos-2",
        [0x04] = "disconnect-with-will",
        [0x10] = "no-matching-subscribers",
        [0x11] = "no-subscription-existed",
        [0x18] = "continue-authentication",
        [0x19] = "re-authenticate",
        [0x80] = "unspecified-error",
        [0x81] = "malformed-packet",
        [0x82] = "protocol-error",
        [0x83] = "implementation-specific-error",
        [0x84] = "unsupported-protocol-version",
        [0x85] = "client-identifier-not-valid",
        [0x86] = "bad-user-name-or-password",
        [0x87] = "not-authorized",
        [0x88] = "server-unavailable",
        [0x89] = "server-busy",
        [0x8A] = "banned",
        [0x8B] = "server-shutting-down",
        [0x8C] = "bad-authentication-method",
        [0x8D] = "keep-alive-timeout",
        [0x8E] = "session-taken-over",
        [0x8F] = "topic-filter-invalid",
        [0x90] = "topic-name-invalid",
        [0x91] = "packet-identifier-in-use",
        [0x92] = "packet-identifier-not-found",
        [0x93] = "receive-maximum-exceeded",
        [0x94] = "topic-alias-invalid",
        [0x95] = "packet-too-large",
        [0x96] = "message-rate-too-high",
        [0x97] = "quota-exceeded",
        [0x98] = "administrative-action",
        [0x99] = "payload-format-invalid",
        [0x9A] = "retain-not-supported",
        [0x9B] = "qos-not-supported",
        [0x9C] = "use-another-server",
        [0x9D] = "server-moved",
        [0x9E] = "shared-subscriptions-not-supported",
        [0x9F] = "connection-rate-exceeded",
        [0xA0] = "maximum-connect-time",
        [0xA1] = "subscription-identifiers-not-supported",
        [0xA2] = "wildcard-subscriptions-not-supported",
    }.ToFrozenDictionary();

    /// <summary>The return codes of CONNACK before MQTT 5.0 (3.1.1, 3.2.2.3).</summary>
    private static readonly string[] ReturnCodes =
    [
        "success",
        "unacceptable-protocol-version",
        "identifier-rejected",
        "server-unavailable",
        "bad-user-name-or-password",
        "not-authorized",
    ];

    private static readonly FrozenDictionary<string, byte> Codes =
        Names.ToFrozenDictionary(pair => pair.Value, pair => pair.Key);

    public static string Name(byte code) => Names.TryGetValue(code, out string? name)
        ? name
        : throw new FormatException($"0x{code:X2} is not a reason code");

    public static string ReturnCodeName(byte code) => code < ReturnCodes.Length
        ? ReturnCodes[code]
        : throw new FormatException($"{code} is not a return code");

    public static bool TryGetCode(string name, out byte code)
    {
        if (name == "granted-qos-0")
        {
            code = 0;
            return true;
        }

        if (Codes.TryGetValue(name, out code))
        {
            return true;
        }

        return name.StartsWith("0x", StringComparison.Ordinal)
            && byte.TryParse(name.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out code);
    }

    public static bool IsName(string token) =>
        Codes.ContainsKey(token) || Array.IndexOf(ReturnCodes, token) >= 0 || TryGetCode(token, out _);
}
