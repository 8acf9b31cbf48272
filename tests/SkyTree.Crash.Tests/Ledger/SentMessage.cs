using System.Globalization;
using System.Text;

namespace SkyTree.Crash.Tests.Ledger;

/// <summary>A message as its publisher numbered and sent it. The ledger owns what changes.</summary>
internal sealed class SentMessage(string publisher, int number, string topic, int qos, int length, TimeSpan sentAt)
{
    private const char Filler = '.';

    public string Publisher => publisher;

    /// <summary>Rises from 1 over all messages of the publisher.</summary>
    public int Number => number;

    public string Topic => topic;

    public int QoS => qos;

    /// <summary>Before it went out for the first time.</summary>
    public TimeSpan SentAt => sentAt;

    /// <summary>When PUBACK or PUBREC came; null if it has not.</summary>
    public TimeSpan? AcknowledgedAt { get; set; }

    /// <summary>Who was subscribed when it was sent, and so must get it once it has been acknowledged.</summary>
    public IReadOnlyList<Reader> Expecting { get; set; } = [];

    /// <summary>What it carries: who sent it, its number, and as many bytes as were asked for.</summary>
    public byte[] Payload() => Encoding.ASCII.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{publisher} {number} ").PadRight(length, Filler));

    /// <summary>Reads publisher and number of a payload.</summary>
    public static (string Publisher, int Number)? Parse(ReadOnlySpan<byte> payload)
    {
        string[] parts = Encoding.ASCII.GetString(payload).Split(' ');
        return parts.Length == 3 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? (parts[0], number)
            : null;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{publisher} {number} ({topic}, QoS {qos}, sent {sentAt.TotalSeconds:F3} s, {(AcknowledgedAt is { } at ? $"acknowledged {at.TotalSeconds:F3} s" : "not acknowledged")})");
}
