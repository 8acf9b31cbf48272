using System.Net;
using SkyTree.Core.Registry;
using SkyTree.Core.Security.Users;

namespace SkyTree.Core.Security;

/// <summary>Who is kept out, for those who must know quickly. A ban that names one client, user or address exactly is found without looking at the others.</summary>
internal sealed class BanList(RegistryTable registry, TimeProvider time)
{
    private volatile Compiled _compiled = new(RegistrySnapshot.Empty);
    private long _refused;

    /// <summary>Clients that were refused since the start.</summary>
    public long Refused => Volatile.Read(ref _refused);

    public bool IsBanned(ClientIdentity client)
    {
        if (Find(client) is null)
        {
            return false;
        }

        Interlocked.Increment(ref _refused);
        return true;
    }

    /// <summary>A ban that fits, or null.</summary>
    public RegistryEntry? Find(ClientIdentity client)
    {
        RegistrySnapshot now = registry[RegistryCollection.Bans];
        if (now.Count == 0)
        {
            return null;
        }

        Compiled compiled = _compiled;
        if (!ReferenceEquals(compiled.Source, now))
        {
            _compiled = compiled = new Compiled(now); // whoever else finds it old makes the same
        }

        return compiled.Find(client, time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    /// <summary>Why a client that was admitted may not stay; null: it may.</summary>
    public string? ReasonToGo(ClientIdentity client) =>
        Find(client) is not null ? "banned"
        : client is not { Grant: { IsManagedUser: true } grant, UserName: { } name } ? null
        : !registry[RegistryCollection.Users].TryGet(name, out RegistryEntry? user) || UserContent.Of(user).IsDisabled ? "the user was removed or disabled"
        : UserContent.Of(user).Generation != grant.Generation ? "the user's password was changed"
        : null;

    private sealed class Compiled
    {
        private readonly ILookup<(char Kind, string Text), RegistryEntry> _exact;
        private readonly RegistryEntry[] _others;

        public Compiled(RegistrySnapshot source)
        {
            Source = source;
            ILookup<bool, RegistryEntry> byKind = source.Entries.ToLookup(entry => KeyOf(BanContent.Of(entry)) is not null);
            _exact = byKind[true].ToLookup(entry => KeyOf(BanContent.Of(entry))!.Value);
            _others = [.. byKind[false]];
        }

        public RegistrySnapshot Source { get; }

        public RegistryEntry? Find(ClientIdentity client, long nowMs)
        {
            IPAddress? address = AddressRange.Of(client);
            return Pick(_exact[('c', client.ClientId)])
                ?? (client.UserName is { } name ? Pick(_exact[('u', name)]) : null)
                ?? (address is not null ? Pick(_exact[('a', address.ToString())]) : null)
                ?? Pick(_others);

            RegistryEntry? Pick(IEnumerable<RegistryEntry> entries)
            {
                foreach (RegistryEntry entry in entries)
                {
                    BanContent ban = BanContent.Of(entry);
                    if (!(ban.ExpiresAtMs <= nowMs) && ban.Fits(client, address))
                    {
                        return entry;
                    }
                }

                return null;
            }
        }

        private static (char Kind, string Text)? KeyOf(BanContent ban) => ban switch
        {
            { ClientId: { } id } when NamePattern.IsExact(id) => ('c', id),
            { UserName: { } name } when NamePattern.IsExact(name) => ('u', name),
            { Address: { } text } when IPAddress.TryParse(text, out IPAddress? address) => ('a', (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString()),
            _ => null,
        };
    }
}
