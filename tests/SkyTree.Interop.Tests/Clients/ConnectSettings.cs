namespace SkyTree.Interop.Tests.Clients;

/// <summary>How a client connects.</summary>
internal sealed record ConnectSettings(
    string ClientId, bool CleanStart = true, uint SessionExpirySeconds = 0, Message? Will = null, string? UserName = null, string? Password = null);
