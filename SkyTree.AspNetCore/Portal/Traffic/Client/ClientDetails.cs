namespace SkyTree.AspNetCore.Portal.Traffic.Client;

/// <summary>What the client in the browser knows of a message beside its payload.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Properties">Its properties by name, as texts.</param>
public sealed record ClientDetails(string Topic, IReadOnlyDictionary<string, string> Properties);
