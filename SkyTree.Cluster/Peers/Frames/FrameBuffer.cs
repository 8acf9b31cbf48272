using System.Threading.Tasks.Sources;

namespace SkyTree.Cluster.Peers.Frames;

/// <summary>
/// Frames that wait for one peer. Any thread appends under a lock that is held for the copy; one sender takes them in
/// batches, so what comes while a batch is on its way goes into the next. Bounded: what does not fit is refused.
/// </summary>
internal sealed class FrameBuffer(int limit) : IValueTaskSource
{
    private readonly Lock _gate = new();

    // All guarded by _gate.
    private readonly Queue<PooledBytes> _full = new();
    private PooledBytes? _open;
    private PooledBytes? _sending;
    private int _pending; // bytes, those that are being sent included
    private bool _isOpen;
    private bool _senderWaits;
    private TaskCompletionSource? _room;

    // Reset by the sender when it begins to wait, set by whoever has seen it waiting under _gate.
    private ManualResetValueTaskSourceCore<bool> _wake = new() { RunContinuationsAsynchronously = true };

    /// <summary>Bytes that wait or are being sent.</summary>
    public int PendingBytes => Volatile.Read(ref _pending);

    /// <summary>Whether more than half of the room is taken.</summary>
    public bool IsCongested => PendingBytes > limit / 2;

    /// <summary>Takes frames from now on.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _isOpen = true;
        }
    }

    /// <summary>Takes no more frames, and wakes all who wait.</summary>
    public void Close()
    {
        TaskCompletionSource? room;
        bool wake;
        lock (_gate)
        {
            _isOpen = false;
            (room, _room) = (_room, null);
            (wake, _senderWaits) = (_senderWaits, false);
        }

        room?.SetResult();
        Wake(wake);
    }

    /// <summary>Forgets all that waits. Only when it is closed and the sender has ended.</summary>
    /// <returns>The frames that were not known to have been sent.</returns>
    public int Clear()
    {
        lock (_gate)
        {
            int lost = (_sending?.Frames ?? 0) + (_open?.Frames ?? 0);
            _sending?.Dispose();
            _open?.Dispose();
            _sending = _open = null;
            while (_full.TryDequeue(out PooledBytes? batch))
            {
                lost += batch.Frames;
                batch.Dispose();
            }

            _pending = 0;
            return lost;
        }
    }

    /// <summary>Appends a frame whose body comes in two parts. False: closed, or no room.</summary>
    public bool TryAppend(byte kind, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        long size = (long)FrameFormat.HeaderSize + header.Length + body.Length;
        bool wake;
        lock (_gate)
        {
            if (!_isOpen || size > limit - _pending)
            {
                return false;
            }

            if (_open is not null && _open.Capacity - _open.Length < size)
            {
                _full.Enqueue(_open);
                _open = null;
            }

            _open ??= PooledBytes.Rent(Math.Max((int)size, FrameFormat.BatchBytes));
            _open.Length += FrameFormat.Write(_open.Array.AsSpan(_open.Length), kind, header, body);
            _open.Frames++;
            _pending += (int)size;
            (wake, _senderWaits) = (_senderWaits, false);
        }

        Wake(wake);
        return true;
    }

    /// <summary>The next batch, once there is one; null when it is closed. For the one sender, which calls <see cref="Sent"/> before the next.</summary>
    public async ValueTask<PooledBytes?> TakeAsync()
    {
        while (true)
        {
            ValueTask wake;
            lock (_gate)
            {
                if (!_isOpen)
                {
                    return null;
                }

                if (!_full.TryDequeue(out PooledBytes? batch))
                {
                    (batch, _open) = (_open, null);
                }

                if (batch is not null)
                {
                    _sending = batch;
                    return batch;
                }

                _wake.Reset();
                _senderWaits = true;
                wake = new ValueTask(this, _wake.Version);
            }

            await wake.ConfigureAwait(false);
        }
    }

    /// <summary>The batch that was taken has been sent.</summary>
    public void Sent()
    {
        TaskCompletionSource? room = null;
        lock (_gate)
        {
            _pending -= _sending!.Length;
            _sending.Dispose();
            _sending = null;
            if (!IsCongested)
            {
                (room, _room) = (_room, null);
            }
        }

        room?.SetResult();
    }

    /// <summary>Waits until it is not congested, or closed.</summary>
    public ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_isOpen || !IsCongested)
            {
                return ValueTask.CompletedTask;
            }

            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(_room.Task.WaitAsync(cancellationToken));
        }
    }

    void IValueTaskSource.GetResult(short token) => _wake.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _wake.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
        => _wake.OnCompleted(continuation, state, token, flags);

    private void Wake(bool wake)
    {
        if (wake)
        {
            _wake.SetResult(true);
        }
    }
}
