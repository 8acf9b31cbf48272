namespace SkyTree.Core.Messages;

/// <summary>What an <see cref="OutboxMessageStore"/> of a cluster's node asks the cluster.</summary>
/// <param name="MayWrite">Whether this node leads, and has applied what the leaders before it have said.</param>
/// <param name="NoteStoredAsync">Has it committed that the external store has every message up to an offset, and completes when this node has applied it.</param>
internal sealed record OutboxSharing(Func<bool> MayWrite, Func<long, ValueTask> NoteStoredAsync);
