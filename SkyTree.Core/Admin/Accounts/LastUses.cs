using System.Collections.Concurrent;
using SkyTree.Core.Registry;

namespace SkyTree.Core.Admin.Accounts;

/// <summary>When accounts and keys were used last, noted at most once an hour for each: a login is not worth a write to the disk.</summary>
internal sealed class LastUses(RegistryWriter registry, TimeProvider time)
{
    private const long StepMs = 3_600_000;

    private readonly ConcurrentDictionary<string, bool> _underWay = new(StringComparer.Ordinal);

    public static string Account(string name) => "admin:" + name;

    public static string Key(string id) => "key:" + id;

    public DateTimeOffset? Find(string key) =>
        registry[RegistryCollection.LastUses].TryGet(key, out RegistryEntry? entry) ? entry.Read(RegistryJson.Decode<LastUse>).At : null;

    /// <summary>Notes a use; returns before that is safe.</summary>
    public void Note(string key)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        if (Find(key) is { } before && now - before.ToUnixTimeMilliseconds() < StepMs)
        {
            return;
        }

        if (_underWay.TryAdd(key, true))
        {
            _ = WriteAsync(key, now - (now % StepMs));
        }
    }

    private async Task WriteAsync(string key, long atMs)
    {
        try
        {
            var use = new LastUse(DateTimeOffset.FromUnixTimeMilliseconds(atMs));
            await registry.TryChangeAsync([new RegistryChange(RegistryCollection.LastUses, key, RegistryJson.Encode(use))], note: null).ConfigureAwait(false);
        }
        catch (AdminException)
        {
            // It is noted another time.
        }
        finally
        {
            _underWay.TryRemove(key, out _);
        }
    }

    private sealed record LastUse(DateTimeOffset At);
}
