namespace SkyTree.Bridges;

/// <summary>What a bridge counts; from any thread.</summary>
internal sealed class BridgeCounters
{
    private long _sent;
    private long _received;
    private long _looped;
    private long _refused;
    private long _failures;

    public long Sent => Volatile.Read(ref _sent);

    public long Received => Volatile.Read(ref _received);

    public long Looped => Volatile.Read(ref _looped);

    public long Refused => Volatile.Read(ref _refused);

    public long Failures => Volatile.Read(ref _failures);

    public void CountSent() => Interlocked.Increment(ref _sent);

    public void CountReceived() => Interlocked.Increment(ref _received);

    public void CountLooped() => Interlocked.Increment(ref _looped);

    public void CountRefused() => Interlocked.Increment(ref _refused);

    public void CountFailure() => Interlocked.Increment(ref _failures);
}
