using SkyTree.Core.Hooks;

namespace SkyTree.AspNetCore.Hooks;

/// <summary>A hook that was added.</summary>
/// <param name="Type">Its class, which is a service.</param>
internal sealed record HookType(Type Type);

/// <summary>The hooks that were added, as the broker takes them.</summary>
internal sealed class HookTypes(IEnumerable<HookType> types, HookOptions options, AuthorizeMemory memory, IServiceProvider services)
{
    private Type? _making; // by the thread that makes the broker; another one waits for that

    /// <summary>The interfaces of hooks.</summary>
    public static IReadOnlyList<Type> Kinds { get; } =
    [
        typeof(IAuthenticateHook), typeof(IConnectHook), typeof(IAuthorizeHook), typeof(IPublishHook), typeof(IDeliverHook), typeof(ISubscribeHook), typeof(IClientHook),
    ];

    /// <summary>Whether a class is a hook.</summary>
    public static bool IsHook(Type type) => Kinds.Any(kind => kind.IsAssignableFrom(type));

    /// <summary>Makes them, in their order.</summary>
    /// <exception cref="InvalidOperationException">One of them needs the broker, which needs them.</exception>
    public HookRegistrations Create()
    {
        if (_making is { } making)
        {
            throw new InvalidOperationException($"The hook {making.Name} needs the broker, which is made with its hooks. Let it have an ISkyTreeClient, or an IServiceProvider that it asks when it is called.");
        }

        try
        {
            var hooks = new List<object>();
            foreach (HookType type in types)
            {
                _making = type.Type;
                hooks.Add(services.GetRequiredService(type.Type));
            }

            return new HookRegistrations(hooks, options) { Memory = memory };
        }
        finally
        {
            _making = null;
        }
    }
}
