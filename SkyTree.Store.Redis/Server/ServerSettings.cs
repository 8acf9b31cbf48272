using StackExchange.Redis;

namespace SkyTree.Store.Redis.Server;

/// <summary>What a server says about how it keeps its data. Null: it does not say.</summary>
/// <param name="Version">Its version; servers that are not Redis itself give the one they are compatible with.</param>
/// <param name="AppendOnly">Whether it writes a log of its changes, <c>appendonly</c>.</param>
/// <param name="AppendFsync">When that log reaches the disk, <c>appendfsync</c>: <c>always</c>, <c>everysec</c>, <c>no</c>.</param>
/// <param name="MaxMemoryPolicy">What it does when memory is short, <c>maxmemory-policy</c>.</param>
internal sealed record ServerSettings(Version? Version, bool? AppendOnly, string? AppendFsync, string? MaxMemoryPolicy)
{
    /// <summary>Whether it throws away what is stored when memory is short. A <c>volatile-</c> policy takes only keys with a time to live, which ours have not.</summary>
    public bool? Evicts => MaxMemoryPolicy?.StartsWith("allkeys-", StringComparison.Ordinal);

    /// <summary>Asks the server. Managed servers forbid CONFIG, some also INFO: what they do not tell stays null.</summary>
    public static async Task<ServerSettings> ReadAsync(RedisConnection connection, RedisKey key, CancellationToken cancellationToken)
    {
        IServer server = await connection.GetServerAsync(key, cancellationToken).ConfigureAwait(false);
        Dictionary<string, string> info = await InfoAsync(connection, server, cancellationToken).ConfigureAwait(false);
        string? appendOnly = await ConfigAsync(connection, server, "appendonly", cancellationToken).ConfigureAwait(false);
        string? policy = await ConfigAsync(connection, server, "maxmemory-policy", cancellationToken).ConfigureAwait(false);
        return new ServerSettings(
            Version.TryParse(info.GetValueOrDefault("redis_version"), out Version? version) ? version : null,
            (appendOnly ?? info.GetValueOrDefault("aof_enabled")) switch { "yes" or "1" => true, "no" or "0" => false, _ => null },
            await ConfigAsync(connection, server, "appendfsync", cancellationToken).ConfigureAwait(false),
            policy ?? info.GetValueOrDefault("maxmemory_policy"));
    }

    private static async Task<Dictionary<string, string>> InfoAsync(RedisConnection connection, IServer server, CancellationToken cancellationToken)
    {
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        RedisResult? answer = await AskAsync(connection, server, "INFO", [], cancellationToken).ConfigureAwait(false);
        foreach (string line in (answer?.ToString() ?? "").Split('\n'))
        {
            string[] parts = line.TrimEnd('\r').Split(':', 2);
            if (parts.Length == 2)
            {
                values[parts[0]] = parts[1];
            }
        }

        return values;
    }

    private static async Task<string?> ConfigAsync(RedisConnection connection, IServer server, string name, CancellationToken cancellationToken)
    {
        RedisResult? answer = await AskAsync(connection, server, "CONFIG", ["GET", name], cancellationToken).ConfigureAwait(false);
        return answer is { IsNull: false, Length: 2 } ? answer[1].ToString() : null;
    }

    private static async Task<RedisResult?> AskAsync(RedisConnection connection, IServer server, string command, object[] arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.CallAsync(_ => server.ExecuteAsync(command, arguments), cancellationToken).ConfigureAwait(false);
        }
        catch (RedisStoreException e) when (e.InnerException is RedisServerException or RedisCommandException)
        {
            return null; // forbidden, renamed, or unknown
        }
    }
}
