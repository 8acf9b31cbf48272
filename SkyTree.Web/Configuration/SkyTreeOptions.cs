using SkyTree.Core;
using SkyTree.Core.Security;
using SkyTree.Web.Storage;

namespace SkyTree.Web.Configuration;

/// <summary>Everything below <c>SkyTree</c> in the configuration. Read once at start.</summary>
internal sealed record SkyTreeOptions
{
    /// <summary>The folder of what the broker keeps; relative to the folder that it is started in.</summary>
    public string Data { get; init; } = "./data";

    /// <summary>From where clients may connect without showing who they are.</summary>
    public AnonymousMode AllowAnonymous { get; init; } = AnonymousMode.Loopback;

    /// <summary>Who may connect by user name and password.</summary>
    public IReadOnlyList<UserOptions> Users { get; init; } = [];

    /// <summary>How passwords are checked.</summary>
    public PasswordOptions Passwords { get; init; } = new();

    /// <summary>The listeners by name.</summary>
    public IReadOnlyDictionary<string, ListenerOptions> Listeners { get; init; } = new Dictionary<string, ListenerOptions>();

    /// <summary>Where messages and sessions are kept.</summary>
    public StoreSettings Store { get; init; } = new();

    /// <summary>What MQTT allows and announces.</summary>
    public BrokerOptions Mqtt { get; init; } = new();

    /// <summary>What all HTTP endpoints have in common.</summary>
    public HttpOptions Http { get; init; } = new();
}
