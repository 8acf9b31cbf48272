using System.Collections.Concurrent;
using SkyTree.Core.Connections;
using SkyTree.Core.Diagnostics;

namespace SkyTree.Core.Sessions;

/// <summary>Readers whose read of the store failed. Nobody else may come to wake them, so they are tried again by the clock.</summary>
internal sealed class ReadRetries(TimeProvider time, BrokerLog log)
{
    /// <summary>However many readers fail: a store that is down is one event.</summary>
    private static readonly TimeSpan s_logEvery = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<Action> _waiting = new();
    private readonly Lock _gate = new();
    private long? _loggedAt; // guarded by _gate
    private int _unlogged; // guarded by _gate

    /// <summary>A read failed.</summary>
    /// <param name="reader">Whose it was: a client identifier or a shared filter.</param>
    /// <param name="exception">Why.</param>
    /// <param name="pump">Tries again.</param>
    public void Add(string reader, Exception exception, Action pump)
    {
        int unlogged;
        lock (_gate)
        {
            if (_loggedAt is { } at && time.GetElapsedTime(at) < s_logEvery)
            {
                _unlogged++;
                unlogged = -1;
            }
            else
            {
                _loggedAt = time.GetTimestamp();
                unlogged = _unlogged;
                _unlogged = 0;
            }
        }

        if (unlogged >= 0)
        {
            log.StoreReadFailed(reader, unlogged, exception);
        }

        _waiting.Enqueue(pump);
    }

    /// <summary>Tries those again that failed before this call.</summary>
    public void Run()
    {
        for (int i = _waiting.Count; i > 0 && _waiting.TryDequeue(out Action? pump); i--)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static pump =>
                {
                    pump();
                    FlushList.FlushAll();
                },
                pump,
                preferLocal: false);
        }
    }
}
