namespace SkyTree.AspNetCore.Portal.Traffic.Client;

/// <summary>What the client in the browser answers.</summary>
/// <param name="Error">What went wrong; null: nothing.</param>
/// <param name="Reason">The reason code that the broker gave; null: none.</param>
public sealed record ClientAnswer(string? Error, int? Reason);
