using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection.Extensions;
using SkyTree.AspNetCore.Hooks;
using SkyTree.Core.Hooks;

namespace SkyTree.AspNetCore;

/// <summary>Adds hooks to the broker of an application.</summary>
public static class HookServiceCollectionExtensions
{
    /// <summary>
    /// Adds a hook: one object for the life of the application, made with what its constructor asks for. Hooks are asked in the order in which they
    /// were added; one that was added before stays where it is.
    /// </summary>
    /// <typeparam name="T">
    /// A class with one or several of <see cref="IAuthenticateHook"/>, <see cref="IConnectHook"/>, <see cref="IAuthorizeHook"/>, <see cref="IPublishHook"/>,
    /// <see cref="IDeliverHook"/>, <see cref="ISubscribeHook"/> and <see cref="IClientHook"/>. Its constructor may ask for an <c>ISkyTreeClient</c> and for
    /// <see cref="AuthorizeMemory"/>, but not for the broker, which is made after it.
    /// </typeparam>
    /// <param name="services">Where services are added.</param>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> is no hook.</exception>
    public static IServiceCollection AddSkyTreeHook<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>(this IServiceCollection services)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(services);
        if (!HookTypes.IsHook(typeof(T)))
        {
            throw new ArgumentException($"{typeof(T).Name} is no hook: it implements none of {string.Join(", ", HookTypes.Kinds.Select(kind => kind.Name))}.", nameof(T));
        }

        services.TryAddSingleton<T>();
        if (!services.Any(service => service.ImplementationInstance is HookType added && added.Type == typeof(T)))
        {
            services.AddSingleton(new HookType(typeof(T)));
        }

        return services;
    }
}
