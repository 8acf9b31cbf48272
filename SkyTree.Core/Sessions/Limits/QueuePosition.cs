namespace SkyTree.Core.Sessions.Limits;

/// <summary>Where a session's reader is.</summary>
/// <param name="Offset">It has read up to here.</param>
/// <param name="Sent">What of that the client has not received. Of what was sent at QoS 2 before a restart, the bytes are not known.</param>
internal readonly record struct QueuePosition(long Offset, QueueUsage Sent);
