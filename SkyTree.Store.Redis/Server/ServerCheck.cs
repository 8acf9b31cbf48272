namespace SkyTree.Store.Redis.Server;

/// <summary>Judges whether a server keeps messages as the broker promises, and says so in the log where it does not.</summary>
internal static class ServerCheck
{
    /// <summary>The first version that trims a stream by id and reads it from an open bound.</summary>
    private static readonly Version Oldest = new(6, 2);

    /// <exception cref="RedisStoreException">The server is too old.</exception>
    public static void Report(ServerSettings settings, string server, RedisStoreLog log)
    {
        if (settings.Version is { } version && version < Oldest)
        {
            throw new RedisStoreException($"Redis at {server} is version {version}; {Oldest} or later is needed.");
        }

        if (settings.AppendOnly == false)
        {
            log.AppendOnlyOff(server);
        }
        else if (settings.AppendFsync is { } appendFsync and not "always")
        {
            log.AppendFsyncWeak(server, appendFsync, appendFsync == "no" ? "the last half minute, about," : "the last second");
        }

        if (settings.Evicts == true)
        {
            log.Evicts(server, settings.MaxMemoryPolicy!);
        }

        string unknown = string.Join(", ", Unknown(settings));
        if (unknown.Length > 0)
        {
            log.NotChecked(server, unknown);
        }
    }

    private static IEnumerable<string> Unknown(ServerSettings settings)
    {
        if (settings.Version is null)
        {
            yield return "its version";
        }

        if (settings.AppendOnly is null)
        {
            yield return "appendonly";
        }

        if (settings.AppendFsync is null && settings.AppendOnly != false)
        {
            yield return "appendfsync";
        }

        if (settings.MaxMemoryPolicy is null)
        {
            yield return "maxmemory-policy";
        }
    }
}
