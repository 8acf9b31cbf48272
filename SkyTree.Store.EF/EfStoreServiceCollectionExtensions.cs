using Microsoft.Extensions.DependencyInjection;
using SkyTree.Core.Messages;
using SkyTree.Store.EF.Databases;

namespace SkyTree.Store.EF;

/// <summary>Registers the store with dependency injection.</summary>
public static class EfStoreServiceCollectionExtensions
{
    /// <summary>Makes an <see cref="EfMessageStore"/> the application's <see cref="MessageStore"/>. Whoever uses it opens it first.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="options">The database.</param>
    /// <exception cref="ArgumentException">The connection string is empty or cannot be parsed.</exception>
    public static IServiceCollection AddEfMessageStore(this IServiceCollection services, EfStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(services);
        StoreDatabase database = StoreDatabase.Create(options); // A bad connection string shows at start, not at first use.
        return services.AddSingleton<MessageStore>(_ => new EfMessageStore(database));
    }
}
