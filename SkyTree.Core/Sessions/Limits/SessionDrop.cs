using SkyTree.Core.Diagnostics;

namespace SkyTree.Core.Sessions.Limits;

/// <summary>What a durable session was refused at one time, or without pause: for who asks why it did not get a message.</summary>
/// <param name="Number">Rises with every drop of the session.</param>
/// <param name="Reason">Why.</param>
/// <param name="From">The offset after which the messages begin.</param>
/// <param name="To">The offset of the last, or above it.</param>
/// <param name="Dropped">How many, and their bytes.</param>
/// <param name="AtMs">When the last was, in milliseconds since 1970-01-01 UTC.</param>
internal sealed record SessionDrop(long Number, DropReason Reason, long From, long To, QueueUsage Dropped, long AtMs);
