using SkyTree.Core.Messages;

namespace SkyTree.Core.Sessions.Limits;

/// <summary>An amount of stored messages.</summary>
/// <param name="Messages">How many.</param>
/// <param name="Bytes">Their payloads and properties.</param>
internal readonly record struct QueueUsage(long Messages, long Bytes)
{
    public bool IsNone => Messages == 0 && Bytes == 0;

    public static QueueUsage Of(StoredMessage message) => new(1, SizeOf(message));

    public static long SizeOf(StoredMessage message) => message.Payload.Length + message.Properties.Length;

    /// <summary>Whether it is at least as much as another in both respects.</summary>
    public bool Covers(QueueUsage other) => Messages >= other.Messages && Bytes >= other.Bytes;

    /// <summary>What is left of it without another; never below nothing.</summary>
    public QueueUsage Without(QueueUsage other) => new(Math.Max(0, Messages - other.Messages), Math.Max(0, Bytes - other.Bytes));

    public static QueueUsage operator +(QueueUsage left, QueueUsage right) => new(left.Messages + right.Messages, left.Bytes + right.Bytes);

    public static QueueUsage operator -(QueueUsage left, QueueUsage right) => new(left.Messages - right.Messages, left.Bytes - right.Bytes);
}
