namespace SkyTree.Core.Sessions;

/// <summary>A session as one owner has it: what an owner proposes changes nothing once the session has ended or has gone to another node.</summary>
/// <param name="Session">The session.</param>
/// <param name="OwnerEpoch">The epoch at which the owner came to have it.</param>
internal readonly record struct OwnedSession(Session Session, long OwnerEpoch);
