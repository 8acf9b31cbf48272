using SkyTree.AspNetCore.Observability;
using SkyTree.AspNetCore.Security;
using SkyTree.AspNetCore.Storage;
using SkyTree.Bridges;
using SkyTree.Cluster;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Hooks;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Access;
using SkyTree.Rules;
using SkyTree.Sinks;

namespace SkyTree.AspNetCore.Configuration;

/// <summary>Everything below <c>SkyTree</c> in the configuration. Read at start; what is <see cref="ChangeableAttribute"/> may be set later.</summary>
internal sealed record SkyTreeOptions
{
    /// <summary>The folder of what the broker keeps; relative to the folder that it is started in.</summary>
    public string Data { get; init; } = "./data";

    /// <summary>From where clients may connect without showing who they are.</summary>
    [Changeable]
    public AnonymousMode AllowAnonymous { get; set; } = AnonymousMode.Loopback;

    /// <summary>Who may connect by user name and password.</summary>
    public IReadOnlyList<UserOptions> Users { get; init; } = [];

    /// <summary>How passwords are checked.</summary>
    public PasswordOptions Passwords { get; init; } = new();

    /// <summary>How clients show who they are.</summary>
    public AuthenticationOptions Authentication { get; init; } = new();

    /// <summary>What happens where no rule of access says anything.</summary>
    public AccessOptions Access { get; init; } = new();

    /// <summary>How administration is kept safe.</summary>
    public AdminOptions Admin { get; init; } = new();

    /// <summary>The listeners by name.</summary>
    public IReadOnlyDictionary<string, ListenerOptions> Listeners { get; init; } = new Dictionary<string, ListenerOptions>();

    /// <summary>Where messages and sessions are kept.</summary>
    public StoreSettings Store { get; init; } = new();

    /// <summary>Whether it is a node of a cluster.</summary>
    public ClusterOptions Cluster { get; init; } = new();

    /// <summary>Bridges to other brokers by name.</summary>
    public IReadOnlyDictionary<string, BridgeOptions> Bridges { get; init; } = new Dictionary<string, BridgeOptions>();

    /// <summary>What MQTT allows and announces.</summary>
    public BrokerOptions Mqtt { get; init; } = new();

    /// <summary>How long hooks of the application may take, and what their failing means.</summary>
    public HookOptions Hooks { get; init; } = new();

    /// <summary>What takes messages to other systems, by name.</summary>
    public IReadOnlyDictionary<string, SinkOptions> Sinks { get; init; } = new Dictionary<string, SinkOptions>();

    /// <summary>Topics that get other names, and messages that are published again.</summary>
    public RulesOptions Rules { get; init; } = new();

    /// <summary>What the program tells of itself, and to whom.</summary>
    public ObservabilityOptions Observability { get; init; } = new();

    /// <summary>What all HTTP endpoints have in common.</summary>
    public HttpOptions Http { get; init; } = new();
}
