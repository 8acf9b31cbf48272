using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SkyTree.Core.Messages;
using SkyTree.Store.Redis.Server;

namespace SkyTree.Store.Redis;

/// <summary>Registers the store with dependency injection.</summary>
public static class RedisStoreServiceCollectionExtensions
{
    /// <summary>Makes a <see cref="RedisMessageStore"/> the application's <see cref="MessageStore"/>. Whoever uses it opens it first.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="options">The server.</param>
    /// <exception cref="ArgumentException">An option cannot be used.</exception>
    public static IServiceCollection AddRedisMessageStore(this IServiceCollection services, RedisStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        RedisConnection.Configure(options); // A bad connection string shows at start, not at first use.
        return services.AddSingleton<MessageStore>(s => new RedisMessageStore(options, s.GetService<ILogger<RedisMessageStore>>()));
    }
}
