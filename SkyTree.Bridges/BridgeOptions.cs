using System.ComponentModel.DataAnnotations;

namespace SkyTree.Bridges;

/// <summary>A bridge to another broker (<c>SkyTree:Bridges:{name}</c>).</summary>
internal sealed record BridgeOptions
{
    /// <summary>Whether there is this bridge. One that is switched off may be half configured.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The other broker: <c>mqtt://</c>, <c>mqtts://</c>, <c>ws://</c> or <c>wss://</c>, then host, and port if it is not the usual one.</summary>
    public string Server { get; init; } = "";

    /// <summary>The client identifier at the other broker; empty: <c>skytree-{name}</c>. No other client may have it there.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>The user name at the other broker; empty: none.</summary>
    public string UserName { get; init; } = "";

    /// <summary>The password; empty: none.</summary>
    public string Password { get; init; } = "";

    /// <summary>A file whose first line is the password, instead of <see cref="Password"/>. It is read for each connection.</summary>
    public string PasswordPath { get; init; } = "";

    /// <summary>A PEM file with the authorities that sign the other broker's certificate; empty: those of the machine.</summary>
    public string CertificateAuthorities { get; init; } = "";

    /// <summary>The certificate that is shown to the other broker.</summary>
    public BridgeCertificateOptions Certificate { get; init; } = new();

    /// <summary>The version of MQTT, 5 or 3.1.1. With 3.1.1 messages have no properties.</summary>
    public string ProtocolVersion { get; init; } = "5";

    /// <summary>Keep Alive in seconds, 1 to 65,535.</summary>
    [Range(1, 65_535)]
    public int KeepAliveSeconds { get; init; } = 30;

    /// <summary>Seconds to wait at most before the other broker is tried again, 1 to 3,600. It begins with one and doubles.</summary>
    [Range(1, 3600)]
    public int MaximumBackoffSeconds { get; init; } = 30;

    /// <summary>Messages at QoS 1 and 2 that are on their way before the first is acknowledged, 1 to 10,000, each way; fewer if the other broker says so.</summary>
    [Range(1, 10_000)]
    public int Window { get; init; } = 256;

    /// <summary>The topics that pass; where several filters match one, the first counts.</summary>
    public IReadOnlyList<BridgeTopicOptions> Topics { get; init; } = [];
}
