using Microsoft.AspNetCore.DataProtection.Internal;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;
using SkyTree.Core;

namespace SkyTree.AspNetCore.Portal.Hosting;

/// <summary>The framework's keys of cookies, looked at again as soon as another node has added one, not a day later.</summary>
internal sealed class ReplicatedKeyManager : IKeyManager, IDisposable
{
    private readonly XmlKeyManager _keys;
    private CancellationTokenSource _changed = new(); // replaced whole

    public ReplicatedKeyManager(Broker broker, IOptions<KeyManagementOptions> options, IActivator activator, ILoggerFactory loggers)
    {
        _keys = new XmlKeyManager(options, activator, loggers);
        broker.Admin.PortalKeys.Watch(() => Interlocked.Exchange(ref _changed, new CancellationTokenSource()).Cancel());
    }

    public IKey CreateNewKey(DateTimeOffset activationDate, DateTimeOffset expirationDate) => _keys.CreateNewKey(activationDate, expirationDate);

    public IReadOnlyCollection<IKey> GetAllKeys() => _keys.GetAllKeys();

    public CancellationToken GetCacheExpirationToken() =>
        CancellationTokenSource.CreateLinkedTokenSource(_keys.GetCacheExpirationToken(), Volatile.Read(ref _changed).Token).Token;

    public void RevokeAllKeys(DateTimeOffset revocationDate, string? reason = null) => _keys.RevokeAllKeys(revocationDate, reason);

    public void Dispose() => _changed.Dispose();

    public void RevokeKey(Guid keyId, string? reason = null) => _keys.RevokeKey(keyId, reason);
}
