using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace SkyTree.Store.Redis;

/// <summary>The store's log messages.</summary>
internal sealed partial class RedisStoreLog(ILogger logger)
{
    [LoggerMessage(3301, LogLevel.Information, "Messages are stored in Redis {Version} at {Server}, in keys {Keys}")]
    public partial void Opened(string version, string server, string keys);

    [LoggerMessage(3302, LogLevel.Warning, "Redis at {Server} has appendonly no: stored messages are lost when it restarts. The durability quorum+fsync needs appendonly yes and appendfsync always")]
    public partial void AppendOnlyOff(string server);

    [LoggerMessage(3303, LogLevel.Warning, "Redis at {Server} has appendfsync {AppendFsync}: {Span} of stored messages may be lost when its machine stops. The durability quorum+fsync needs appendfsync always")]
    public partial void AppendFsyncWeak(string server, string appendFsync, string span);

    [LoggerMessage(3304, LogLevel.Warning, "Redis at {Server} has maxmemory-policy {Policy}: it throws stored messages away when memory is short. Set it to noeviction")]
    public partial void Evicts(string server, string policy);

    [LoggerMessage(3305, LogLevel.Warning, "Redis at {Server} does not say how it keeps its data; not checked: {Settings}. The durability quorum+fsync needs appendonly yes, appendfsync always and maxmemory-policy noeviction")]
    public partial void NotChecked(string server, string settings);

    [LoggerMessage(3306, LogLevel.Error, "Redis at {Server} has lost messages: those up to offset {Acknowledged} had been stored, and now it has those up to {Last} only")]
    public partial void MessagesLost(string server, long acknowledged, long last);

    [LoggerMessage(3307, LogLevel.Warning, "The connection to Redis at {Server} is lost: {Reason}. It is made again as soon as the server answers")]
    public partial void ConnectionLost(string server, ConnectionFailureType reason);

    [LoggerMessage(3308, LogLevel.Information, "The connection to Redis at {Server} is there again")]
    public partial void ConnectionRestored(string server);
}
