using System.Text;
using SkyTree.Core.Registry;
using SkyTree.Core.Security;

namespace SkyTree.Core.Admin.Access;

/// <summary>Who is kept out, the same on every node: refused at CONNECT (0x8A, 3.x: 5), and sent away when connected (0x98).</summary>
public sealed class Bans
{
    private const string What = "ban";
    private const RegistryCollection Collection = RegistryCollection.Bans;

    private readonly RegistryWriter _registry;
    private readonly TimeProvider _time;
    private long _nextLookMs;

    internal Bans(RegistryWriter registry, TimeProvider time)
    {
        _registry = registry;
        _time = time;
    }

    /// <summary>The bans in the order of their identifiers; those that have expired are not among them.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="contains">What the client, the user or the address contains; null: anything.</param>
    /// <param name="after">Where the page before ended; null: the first page.</param>
    /// <param name="limit">Bans at most, 1 to 1,000.</param>
    /// <exception cref="AdminException">The caller may not see them, or the cursor or the limit makes no sense.</exception>
    public Page<Ban> List(Caller caller, string? contains = null, string? after = null, int limit = 100)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Bans, AdminAccess.Read);
        return RegistryPage.Of(_registry[Collection], after, limit, Show, entry => BanContent.Of(entry) is var ban && !(ban.ExpiresAtMs <= NowMs)
            && (contains is null || Has(ban.ClientId) || Has(ban.UserName) || Has(ban.Address)));

        bool Has(string? text) => text?.Contains(contains!, StringComparison.OrdinalIgnoreCase) == true;
    }

    /// <summary>One ban.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="id">Its identifier.</param>
    /// <exception cref="AdminException">The caller may not see it, or there is none.</exception>
    public Ban Get(Caller caller, string id)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Bans, AdminAccess.Read);
        return Show(Find(id));
    }

    /// <summary>Keeps somebody out.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="clientId">A client identifier, in which <c>*</c> stands for anything; null: any.</param>
    /// <param name="userName">A user name, in which <c>*</c> stands for anything; null: any or none.</param>
    /// <param name="address">An address or a network; null: any. One of the three must be set.</param>
    /// <param name="reason">Why, for people; at most 1,024 characters.</param>
    /// <param name="expiresAt">When it ends; null: never.</param>
    /// <exception cref="AdminException">It was not made.</exception>
    public async ValueTask<Ban> CreateAsync(Caller caller, string? clientId, string? userName, string? address, string reason = "", DateTimeOffset? expiresAt = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Bans, AdminAccess.Write);
        BanContent ban = Make(clientId, userName, address, reason, expiresAt) with { CreatedAtMs = NowMs, CreatedBy = caller.Name };
        Check(ban);
        string id = Guid.CreateVersion7(_time.GetUtcNow()).ToString("N");
        await _registry.ChangeAsync(
            new RegistryChange(Collection, id, RegistryJson.Encode(ban)) { Expected = 0 },
            new RegistryNote(caller, "bans.create", id, After: RegistryJson.Text(ban)),
            What).ConfigureAwait(false);
        return Show(Find(id));
    }

    /// <summary>Changes whom a ban keeps out, why and for how long; who fits it now is sent away.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="id">The ban's identifier.</param>
    /// <param name="clientId">A client identifier, in which <c>*</c> stands for anything; null: any.</param>
    /// <param name="userName">A user name, in which <c>*</c> stands for anything; null: any or none.</param>
    /// <param name="address">An address or a network; null: any. One of the three must be set.</param>
    /// <param name="reason">Why, for people; at most 1,024 characters.</param>
    /// <param name="expiresAt">When it ends; null: never.</param>
    /// <param name="version">The version that the caller has seen; null: whatever it is.</param>
    /// <exception cref="AdminException">It was not changed.</exception>
    public async ValueTask<Ban> ChangeAsync(
        Caller caller, string id, string? clientId, string? userName, string? address, string reason = "", DateTimeOffset? expiresAt = null, long? version = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Bans, AdminAccess.Write);
        RegistryEntry entry = Find(id);
        BanContent before = BanContent.Of(entry);
        BanContent after = Make(clientId, userName, address, reason, expiresAt) with { CreatedAtMs = before.CreatedAtMs, CreatedBy = before.CreatedBy };
        Check(after);
        await _registry.ChangeAsync(
            new RegistryChange(Collection, id, RegistryJson.Encode(after)) { Expected = version ?? entry.Version },
            new RegistryNote(caller, "bans.change", id, RegistryJson.Text(before), RegistryJson.Text(after)),
            What).ConfigureAwait(false);
        return Show(Find(id));
    }

    /// <summary>Lets somebody in again.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="id">The ban's identifier.</param>
    /// <param name="version">The version that the caller has seen; null: whatever it is.</param>
    /// <exception cref="AdminException">It was not removed.</exception>
    public async ValueTask DeleteAsync(Caller caller, string id, long? version = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Bans, AdminAccess.Write);
        RegistryEntry entry = Find(id);
        await _registry.ChangeAsync(
            new RegistryChange(Collection, id, null) { Expected = version ?? entry.Version },
            new RegistryNote(caller, "bans.delete", id, RegistryJson.Text(BanContent.Of(entry))),
            What).ConfigureAwait(false);
    }

    /// <summary>Removes bans that have expired, some at a time; the leader's.</summary>
    internal async ValueTask ForgetExpiredAsync()
    {
        long now = NowMs;
        RegistrySnapshot all = _registry[Collection];
        if (all.Count == 0 || now < _nextLookMs)
        {
            return;
        }

        _nextLookMs = now + 10_000;
        RegistryChange[] expired =
        [
            .. all.Entries.Where(entry => BanContent.Of(entry).ExpiresAtMs <= now).Take(200)
                .Select(entry => new RegistryChange(Collection, entry.Key, null) { Expected = entry.Version }),
        ];
        if (expired.Length > 0)
        {
            try
            {
                await _registry.TryChangeAsync(expired, note: null).ConfigureAwait(false); // if one was changed meanwhile, another time
            }
            catch (AdminException)
            {
                // They are held for expired all the same.
            }
        }
    }

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private static BanContent Make(string? clientId, string? userName, string? address, string? reason, DateTimeOffset? expiresAt) => new()
    {
        ClientId = string.IsNullOrEmpty(clientId) ? null : clientId,
        UserName = string.IsNullOrEmpty(userName) ? null : userName,
        Address = string.IsNullOrEmpty(address) ? null : address.Trim(),
        Reason = reason ?? "",
        ExpiresAtMs = expiresAt?.ToUnixTimeMilliseconds(),
    };

    private void Check(BanContent ban)
    {
        Dictionary<string, string> fields = [];
        if (ban.ClientId is null && ban.UserName is null && ban.Address is null)
        {
            fields["clientId"] = "a client, a user or an address is needed";
        }

        if (ban.Address is { } address && !AddressRange.TryParse(address, out _))
        {
            fields["address"] = "an address, or a network such as 10.0.0.0/8";
        }

        foreach ((string name, string? text) in (ReadOnlySpan<(string, string?)>)[("clientId", ban.ClientId), ("userName", ban.UserName), ("reason", ban.Reason)])
        {
            if (text is not null && (Encoding.UTF8.GetByteCount(text) > 1024 || text.Count(c => c == '*') > 8 || text.Any(char.IsControl)))
            {
                fields[name] = "at most 1024 bytes and 8 asterisks, no control characters";
            }
        }

        if (ban.ExpiresAtMs <= NowMs)
        {
            fields["expiresAt"] = "it is in the past";
        }

        if (fields.Count > 0)
        {
            throw new AdminException(AdminError.Invalid, "bad_ban", "Nobody can be kept out so.") { Fields = fields };
        }
    }

    private RegistryEntry Find(string id) => _registry[Collection].TryGet(id ?? "", out RegistryEntry? entry) ? entry : throw RegistryWriter.NotFound(What, id ?? "");

    private static Ban Show(RegistryEntry entry)
    {
        BanContent ban = BanContent.Of(entry);
        return new Ban(
            entry.Key,
            ban.ClientId,
            ban.UserName,
            ban.Address,
            ban.Reason,
            ban.ExpiresAtMs is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null,
            DateTimeOffset.FromUnixTimeMilliseconds(ban.CreatedAtMs),
            ban.CreatedBy,
            entry.Version);
    }
}
