namespace SkyTree.Core.Protocol;

/// <summary>Why bytes are not an acceptable packet: what the peer is told.</summary>
/// <param name="Code">The reason code that the specification names for it.</param>
/// <param name="Reason">One English sentence for the Reason String and the log; never contains payload bytes.</param>
internal readonly record struct DecodeError(ReasonCode Code, string Reason);
