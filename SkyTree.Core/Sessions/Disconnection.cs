namespace SkyTree.Core.Sessions;

/// <summary>How a session's last connection ended.</summary>
/// <param name="AtMs">When, in milliseconds since 1970-01-01 UTC.</param>
/// <param name="Reason">Why, in words; empty: not known.</param>
internal sealed record Disconnection(long AtMs, string Reason);
