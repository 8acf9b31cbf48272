namespace SkyTree.Cluster.Tests.Network;

/// <summary>What happens to bytes on their way in one direction, on all connections of a <see cref="ChaosProxy"/>.</summary>
internal sealed class ProxyDirection
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _stopped; // guarded by _gate; null: bytes pass
    private long _delayTicks;
    private long _bytes;

    /// <summary>How long each byte is on its way.</summary>
    public TimeSpan Delay
    {
        get => new(Volatile.Read(ref _delayTicks));
        set => Volatile.Write(ref _delayTicks, value.Ticks);
    }

    /// <summary>Bytes that have passed.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public bool IsStopped
    {
        get
        {
            lock (_gate)
            {
                return _stopped is not null;
            }
        }
    }

    /// <summary>Nothing passes from now on, neither bytes nor the end of a connection; a bounded number of bytes waits.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>All passes again, what has waited first.</summary>
    public void Pass()
    {
        lock (_gate)
        {
            _stopped?.SetResult();
            _stopped = null;
        }
    }

    internal void Count(int bytes) => Interlocked.Add(ref _bytes, bytes);

    internal async Task WaitUntilPassingAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task stopped;
            lock (_gate)
            {
                if (_stopped is null)
                {
                    return;
                }

                stopped = _stopped.Task;
            }

            await stopped.WaitAsync(cancellationToken);
        }
    }
}
