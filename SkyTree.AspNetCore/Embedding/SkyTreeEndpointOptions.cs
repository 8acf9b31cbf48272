namespace SkyTree.AspNetCore;

/// <summary>What of the broker an application serves on its own HTTP endpoints.</summary>
public sealed class SkyTreeEndpointOptions
{
    /// <summary>Whether the portal's pages are served.</summary>
    public bool Portal { get; set; } = true;

    /// <summary>Whether the HTTP API is served, with its description, its documentation and the metrics.</summary>
    public bool Api { get; set; } = true;

    /// <summary>Where clients connect with MQTT over WebSocket; null: nowhere.</summary>
    public string? WebSocketPath { get; set; } = "/mqtt";
}
