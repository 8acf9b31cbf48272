namespace SkyTree.Core.Sessions.Limits;

/// <summary>A stretch of the log whose messages a session does not get, as decided when it was full or they were over age.</summary>
/// <param name="From">The offset after which it begins.</param>
/// <param name="To">The offset with which it ends.</param>
/// <param name="Dropped">The session's messages in it.</param>
internal readonly record struct DroppedRange(long From, long To, QueueUsage Dropped);
