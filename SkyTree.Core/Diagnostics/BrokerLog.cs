using Microsoft.Extensions.Logging;
using SkyTree.Core.Hooks;

namespace SkyTree.Core.Diagnostics;

/// <summary>The broker's log messages.</summary>
internal sealed partial class BrokerLog(ILogger logger)
{
    [LoggerMessage(1001, LogLevel.Error, "Reading the store for {Reader} failed, and {Others} times for others since this was last said; it is tried again")]
    public partial void StoreReadFailed(string reader, int others, Exception exception);

    [LoggerMessage(1002, LogLevel.Debug, "Client {ClientId} connected from {Remote} as {Version}, user {User}")]
    public partial void Connected(string clientId, string remote, string version, string user);

    [LoggerMessage(1003, LogLevel.Debug, "Client {ClientId} disconnected: {Reason}")]
    public partial void Disconnected(string clientId, string reason);

    [LoggerMessage(1004, LogLevel.Information, "Connection from {Remote} refused: {Code}, {Reason}")]
    public partial void Refused(string remote, string code, string reason);

    [LoggerMessage(1005, LogLevel.Error, "Connection of client {ClientId} ended by a fault of the broker")]
    public partial void ConnectionFaulted(string clientId, Exception exception);

    [LoggerMessage(1006, LogLevel.Error, "A periodic task of the broker failed")]
    public partial void TickFailed(Exception exception);

    [LoggerMessage(1007, LogLevel.Error, "Publishing the Will of client {ClientId} failed")]
    public partial void WillFailed(string clientId, Exception exception);

    [LoggerMessage(1010, LogLevel.Critical, "The state database cannot be written: {Reason}. Nothing durable is acknowledged until it can; trying again")]
    public partial void StateWriteFailed(string reason, Exception exception);

    [LoggerMessage(1011, LogLevel.Warning, "The state database is written again, after {Attempts} attempts")]
    public partial void StateWritesAgain(int attempts);

    [LoggerMessage(1012, LogLevel.Critical, "The broker stops though the state database could not be written; what was not written was not acknowledged")]
    public partial void StateWriteAbandoned();

    [LoggerMessage(1013, LogLevel.Error, "Completing a proposal failed")]
    public partial void CompletionFailed(Exception exception);

    [LoggerMessage(1014, LogLevel.Error, "The message at offset {Offset}, which was in flight to client {ClientId}, is no longer in the store")]
    public partial void OutgoingLost(string clientId, long offset);

    [LoggerMessage(1015, LogLevel.Error, "The disk of {Folder} has {FreeMegabytes} MiB left, less than its reserve of {ReserveMegabytes} MiB: messages that would be stored are refused until there is room")]
    public partial void DiskFull(string folder, long freeMegabytes, int reserveMegabytes);

    [LoggerMessage(1016, LogLevel.Warning, "The disk of {Folder} has {FreeMegabytes} MiB left: messages are stored again")]
    public partial void DiskHasRoom(string folder, long freeMegabytes);

    [LoggerMessage(1035, LogLevel.Warning, "Hook {Hook} failed ({Kind}): it threw, took too long, or answered what cannot be. That makes {Failures} of this kind")]
    public partial void HookFailed(string hook, HookKind kind, long failures, Exception exception);

    [LoggerMessage(1041, LogLevel.Error, "The message database does not take messages. They are kept in the outbox, {Pending} so far, until it does")]
    public partial void MessageStoreLost(long pending, Exception exception);

    [LoggerMessage(1042, LogLevel.Information, "The message database takes messages; {Pending} are in the outbox")]
    public partial void MessageStoreReached(long pending);

    [LoggerMessage(1043, LogLevel.Critical, "The message database ends at offset {Last}, but had confirmed messages up to {Confirmed}: those between are lost there. It was emptied, restored, or does not flush what it commits")]
    public partial void MessageStoreWentBack(long last, long confirmed);

    [LoggerMessage(1044, LogLevel.Error, "Node {Node} keeps its messages in {Theirs}, this one in {Ours}: it is not admitted. All nodes of a cluster need the same store")]
    public partial void StoreDiffers(Guid node, string theirs, string ours);

    [LoggerMessage(1021, LogLevel.Information, "Everything is written at format level {Level} from now on: releases that do not read it cannot go on with this data, nor be nodes of this cluster")]
    public partial void LevelRaised(int level);

    [LoggerMessage(1022, LogLevel.Warning, "Nothing is to be written above format level {Bound} (SkyTree:Store:FormatLevel), but level {Level} was reached before and stays")]
    public partial void LevelStays(int bound, int level);

    [LoggerMessage(1017, LogLevel.Warning, "Client {ClientId} is refused for now: what was in flight to it cannot be read from the store")]
    public partial void SessionNotRestored(string clientId, Exception exception);

    [LoggerMessage(1018, LogLevel.Warning, "Client {ClientId} asks for a replay, and the store cannot say where it begins")]
    public partial void ReplayNotFound(string clientId, Exception exception);

    [LoggerMessage(1019, LogLevel.Warning, "This node is not in touch with its cluster: it serves no durable sessions and acknowledges nothing until it is")]
    public partial void NotServing();

    [LoggerMessage(1020, LogLevel.Information, "This node is in touch with its cluster, and serves")]
    public partial void Serving();

    [LoggerMessage(1061, LogLevel.Information, "{Caller} at {Address}: {Action} {Target}")]
    public partial void Audited(string caller, string address, string action, string target);
}
