namespace SkyTree.Crash.Tests.Rounds;

/// <summary>What is done to the broker, or to its database, in a round.</summary>
internal enum Blow
{
    /// <summary>kill -9 at something that happens under load, or up to 600 ms behind it.</summary>
    Kill,

    /// <summary>All connections break, and kill -9 hits while the clients connect again.</summary>
    KillWhileConnecting,

    /// <summary>kill -9, and again before the new process serves.</summary>
    KillWhileStarting,

    /// <summary>kill -9, and again within 100 ms of the moment when the new process serves.</summary>
    KillTwice,

    /// <summary>The broker is asked to end, under load.</summary>
    Stop,

    /// <summary>The database is killed and started again. The broker goes on acknowledging meanwhile.</summary>
    KillDatabase,

    /// <summary>Both are killed, in any order, and started, in any order.</summary>
    KillBoth,

    /// <summary>The broker is killed while its database is away, and serves before that is back.</summary>
    KillWithoutDatabase,
}
