namespace SkyTree.Core.Hooks;

/// <summary>The hooks of a broker.</summary>
/// <param name="Hooks">
/// Objects that are one or several of <see cref="IAuthenticateHook"/>, <see cref="IConnectHook"/>, <see cref="IAuthorizeHook"/>,
/// <see cref="IPublishHook"/>, <see cref="IDeliverHook"/>, <see cref="ISubscribeHook"/> and <see cref="IClientHook"/>, in the order in which they are asked.
/// </param>
/// <param name="Options">How long they may take, and what their failing means.</param>
internal sealed record HookRegistrations(IReadOnlyList<object> Hooks, HookOptions Options)
{
    /// <summary>Has answers of <see cref="IAuthorizeHook"/> forgotten; null: nobody does.</summary>
    public AuthorizeMemory? Memory { get; init; }
}
