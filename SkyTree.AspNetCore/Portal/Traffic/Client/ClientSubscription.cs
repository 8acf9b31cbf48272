namespace SkyTree.AspNetCore.Portal.Traffic.Client;

/// <summary>A subscription of the client in the browser.</summary>
/// <param name="Filter">The filter.</param>
/// <param name="Granted">The granted QoS.</param>
public sealed record ClientSubscription(string Filter, int Granted);
