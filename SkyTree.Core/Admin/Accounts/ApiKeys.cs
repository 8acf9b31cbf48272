using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using SkyTree.Core.Registry;
using SkyTree.Core.Security;

namespace SkyTree.Core.Admin.Accounts;

/// <summary>Keys that programs show to the HTTP API. Of a secret only its SHA-256 is kept: 256 random bits need no slower one.</summary>
public sealed class ApiKeys
{
    private const string What = "api_key";
    private const RegistryCollection Keys = RegistryCollection.ApiKeys;
    private const int SecretBytes = 32;

    private readonly RegistryWriter _registry;
    private readonly LastUses _lastUses;
    private readonly TimeProvider _time;
    private readonly Lockout _addresses;
    private long _failures;

    internal ApiKeys(RegistryWriter registry, AdminOptions options, LastUses lastUses, TimeProvider time)
    {
        _registry = registry;
        _lastUses = lastUses;
        _time = time;
        _addresses = new(new(options.LockoutFailures * 4, options.LockoutSeconds, options.MaximumLockoutSeconds), time);
    }

    /// <summary>Keys that were refused since the start.</summary>
    public long Failures => Volatile.Read(ref _failures);

    /// <summary>The keys in the order of their identifiers.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="after">Where the page before ended; null: the first page.</param>
    /// <param name="limit">Keys at most, 1 to 1,000.</param>
    /// <exception cref="AdminException">The caller may not see them, or the cursor or the limit makes no sense.</exception>
    public Page<ApiKey> List(Caller caller, string? after = null, int limit = 100)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.ApiKeys, AdminAccess.Read);
        return RegistryPage.Of(_registry[Keys], after, limit, Show);
    }

    /// <summary>One key.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="id">Its identifier.</param>
    /// <exception cref="AdminException">The caller may not see it, or there is none.</exception>
    public ApiKey Get(Caller caller, string id)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.ApiKeys, AdminAccess.Read);
        return Show(Find(id));
    }

    /// <summary>Makes a key.</summary>
    /// <param name="caller">Who does it; the key may do nothing that they may not.</param>
    /// <param name="name">What it is for, 1 to 128 characters.</param>
    /// <param name="role">What it may do at most.</param>
    /// <param name="scopes">What it is limited to, as in <see cref="AdminScopes"/>; null: to nothing but its role.</param>
    /// <param name="expiresAt">When it ends; null: never.</param>
    /// <returns>The key with its secret, which nobody can find out any more.</returns>
    /// <exception cref="AdminException">It was not made.</exception>
    public async ValueTask<NewApiKey> CreateAsync(Caller caller, string name, AdminRole role, IReadOnlyList<string>? scopes = null, DateTimeOffset? expiresAt = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.ApiKeys, AdminAccess.Write);
        string id = RandomNumberGenerator.GetString("abcdefghijkmnpqrstuvwxyz23456789", 12);
        byte[] secret = RandomNumberGenerator.GetBytes(SecretBytes);
        string shown = Base64Url.EncodeToString(secret);
        var key = new ApiKeyContent
        {
            Name = name ?? "",
            Role = role,
            Scopes = scopes is null ? null : [.. scopes],
            ExpiresAtMs = expiresAt?.ToUnixTimeMilliseconds(),
            CreatedAtMs = NowMs,
            CreatedBy = caller.Name,
            SecretHash = SHA256.HashData(Encoding.ASCII.GetBytes(shown)),
        };
        Check(caller, key);
        await _registry.ChangeAsync(key.Set(id, expected: 0), new RegistryNote(caller, "api-keys.create", id, After: key.Shown()), What).ConfigureAwait(false);
        return new NewApiKey(Show(Find(id)), $"{id}.{shown}");
    }

    /// <summary>Changes a key; its secret stays.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="id">Its identifier.</param>
    /// <param name="change">Makes it, out of what it is.</param>
    /// <param name="version">The version that the caller has seen; null: whatever it is.</param>
    /// <exception cref="AdminException">It was not changed.</exception>
    public async ValueTask<ApiKey> ChangeAsync(Caller caller, string id, Func<ApiKey, ApiKey> change, long? version = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(change);
        caller.Require(AdminArea.ApiKeys, AdminAccess.Write);
        RegistryEntry entry = Find(id);
        ApiKeyContent before = ApiKeyContent.Of(entry);
        ApiKey wanted = change(Show(entry));
        ApiKeyContent after = before with
        {
            Name = wanted.Name,
            Role = wanted.Role,
            Scopes = wanted.Scopes is null ? null : [.. wanted.Scopes],
            ExpiresAtMs = wanted.ExpiresAt?.ToUnixTimeMilliseconds(),
            IsDisabled = wanted.IsDisabled,
        };
        Check(caller, after);
        await _registry.ChangeAsync(after.Set(id, version ?? entry.Version), new RegistryNote(caller, "api-keys.change", id, before.Shown(), after.Shown()), What).ConfigureAwait(false);
        return Show(Find(id));
    }

    /// <summary>Removes a key: it is refused from now on, on every node.</summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="id">Its identifier.</param>
    /// <param name="version">The version that the caller has seen; null: whatever it is.</param>
    /// <exception cref="AdminException">It was not removed.</exception>
    public async ValueTask DeleteAsync(Caller caller, string id, long? version = null)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.ApiKeys, AdminAccess.Write);
        RegistryEntry entry = Find(id);
        RegistryOutcome outcome = await _registry.TryChangeAsync(
            [new RegistryChange(Keys, id, null) { Expected = version ?? entry.Version }, new RegistryChange(RegistryCollection.LastUses, LastUses.Key(id), null)],
            new RegistryNote(caller, "api-keys.delete", id, ApiKeyContent.Of(entry).Shown())).ConfigureAwait(false);
        if (!outcome.Done)
        {
            throw RegistryWriter.Mistake(outcome.Failure, What, id);
        }
    }

    /// <summary>Judges a key.</summary>
    /// <param name="token"><c>{id}.{secret}</c>.</param>
    /// <param name="address">From where, without a port.</param>
    /// <exception cref="AdminException"><c>bad_credentials</c>: there is no such key, or it is disabled or has expired; <c>locked_out</c>.</exception>
    public Caller Authenticate(string token, string? address)
    {
        ArgumentNullException.ThrowIfNull(token);
        string from = AddressKey.Of(address);
        if (_addresses.Wait(from) > TimeSpan.Zero)
        {
            throw new AdminException(AdminError.LimitExceeded, "locked_out", "There were too many wrong keys from this address; try again later.");
        }

        if (Resume(token, address) is { } caller)
        {
            _lastUses.Note(LastUses.Key(token[..token.IndexOf('.', StringComparison.Ordinal)]));
            return caller;
        }

        Interlocked.Increment(ref _failures);
        _addresses.Fail(from);
        throw new AdminException(AdminError.Denied, "bad_credentials", "The API key is wrong, disabled or has expired.");
    }

    /// <summary>Judges a key again that was right before; that is no use of it, and no guess.</summary>
    /// <param name="token"><c>{id}.{secret}</c>.</param>
    /// <param name="address">From where, without a port.</param>
    /// <returns>What it may do now; null: it is gone, disabled or has expired.</returns>
    public Caller? Resume(string token, string? address)
    {
        ArgumentNullException.ThrowIfNull(token);
        int dot = token.IndexOf('.', StringComparison.Ordinal);
        string id = dot is > 0 and <= 64 ? token[..dot] : "";
        ApiKeyContent? key = id.Length > 0 && _registry[Keys].TryGet(id, out RegistryEntry? entry) ? ApiKeyContent.Of(entry) : null;
        string secret = token.Length <= 256 ? token[(dot + 1)..] : "";
        bool right = CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(secret)), key?.SecretHash ?? new byte[SHA256.HashSizeInBytes]);
        return right && key is { IsDisabled: false } && !(key.ExpiresAtMs <= NowMs)
            ? new Caller("key:" + id, key.Role, address) { Scopes = key.ScopeSet() }
            : null;
    }

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private void Check(Caller caller, ApiKeyContent key)
    {
        Dictionary<string, string> fields = [];
        if (key.Name.Length is 0 or > 128 || key.Name.Any(char.IsControl))
        {
            fields["name"] = "1 to 128 characters";
        }

        if (key.Role is not (AdminRole.Viewer or AdminRole.Operator or AdminRole.Administrator))
        {
            fields["role"] = "viewer, operator or administrator";
        }

        if (key.Scopes is { } scopes && (scopes.Count > 64 || !scopes.All(scope => AdminScopes.TryParse(scope, out _))))
        {
            fields["scopes"] = "such as sessions:read; at most 64";
        }

        if (fields.Count > 0)
        {
            throw new AdminException(AdminError.Invalid, "bad_api_key", "The key cannot be made so.") { Fields = fields };
        }

        bool wider = key.Role > caller.Role
            || (caller.Scopes is not null && (key.ScopeSet() is not { } asked || !asked.All(scope => caller.May(scope.Item1, scope.Item2))));
        if (wider)
        {
            throw new AdminException(AdminError.Denied, "wider_than_caller", "A key may do nothing that who makes it may not.");
        }
    }

    private RegistryEntry Find(string id) => _registry[Keys].TryGet(id ?? "", out RegistryEntry? entry) ? entry : throw RegistryWriter.NotFound(What, id ?? "");

    private ApiKey Show(RegistryEntry entry)
    {
        ApiKeyContent content = ApiKeyContent.Of(entry);
        return new ApiKey(
            entry.Key,
            content.Name,
            content.Role,
            content.Scopes,
            content.ExpiresAtMs is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null,
            content.IsDisabled,
            DateTimeOffset.FromUnixTimeMilliseconds(content.CreatedAtMs),
            content.CreatedBy,
            _lastUses.Find(LastUses.Key(entry.Key)),
            entry.Version);
    }
}
