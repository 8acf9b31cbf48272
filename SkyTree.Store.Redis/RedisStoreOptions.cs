namespace SkyTree.Store.Redis;

/// <summary>Which Redis holds the messages, and how it is reached.</summary>
public sealed record RedisStoreOptions
{
    /// <summary>
    /// Servers and settings in the manner of StackExchange.Redis, such as
    /// <c>localhost:6379,user=skytree,password=…,ssl=true,defaultDatabase=0</c>. Its timeouts, <c>abortConnect</c> and
    /// <c>connectRetry</c> are replaced by what stands here.
    /// </summary>
    public required string ConnectionString { get; init; }

    /// <summary>
    /// What the store's keys begin with, put in braces: <c>{skytree:}log</c>. Stores with different prefixes may share a
    /// server. Not empty, without braces.
    /// </summary>
    public string KeyPrefix { get; init; } = "skytree:";

    /// <summary>How long opening the store tries to reach the server; from 100 milliseconds to 10 minutes.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an operation waits for the server's answer before it fails; from 100 milliseconds to 10 minutes.</summary>
    public TimeSpan OperationTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
