namespace SkyTree.Core.Messages.Retention;

/// <summary>Up to where no rule keeps the messages of a topic.</summary>
/// <param name="Offset">No rule keeps a message up to this offset; 0 or less: none is known that may go.</param>
/// <param name="HasMore">Whether there were more messages than one look reads: look again once these are deleted.</param>
internal readonly record struct RetentionFloor(long Offset, bool HasMore);
