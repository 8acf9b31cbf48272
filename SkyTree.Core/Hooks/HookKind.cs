namespace SkyTree.Core.Hooks;

/// <summary>What hooks are asked about, as metrics have it.</summary>
internal enum HookKind
{
    /// <summary><see cref="IAuthenticateHook"/>.</summary>
    Authenticate,

    /// <summary><see cref="IConnectHook"/>.</summary>
    Connect,

    /// <summary><see cref="IAuthorizeHook"/>.</summary>
    Authorize,

    /// <summary><see cref="IPublishHook"/>.</summary>
    Publish,

    /// <summary><see cref="IDeliverHook"/>.</summary>
    Deliver,

    /// <summary><see cref="ISubscribeHook"/>.</summary>
    Subscribe,

    /// <summary><see cref="IClientHook"/>.</summary>
    Client,
}
