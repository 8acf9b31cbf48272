namespace SkyTree.Cli.Connection;

/// <summary>A login that is kept.</summary>
/// <param name="Server">The server; what else is in the profile is for it alone.</param>
/// <param name="ApiKey">An API key; or a token.</param>
/// <param name="Token">What the server has given for a name and a password.</param>
/// <param name="ExpiresAt">When the token ends.</param>
/// <param name="CaFile">The PEM file of those whose certificates are believed; null: the machine's own.</param>
internal sealed record Profile(Uri Server, string? ApiKey = null, string? Token = null, DateTimeOffset? ExpiresAt = null, string? CaFile = null);
