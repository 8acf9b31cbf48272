namespace SkyTree.Core.Connections;

/// <summary>Token buckets of one connection: publishes and bytes per second, with a burst of one second. Its connection's own.</summary>
internal sealed class RateLimiter(int publishesPerSecond, int bytesPerSecond, TimeProvider time)
{
    private double _publishes = publishesPerSecond;
    private double _bytes = bytesPerSecond;
    private long _filledAt = time.GetTimestamp();

    /// <summary>Whether more was taken than there was: the connection is not read until it is made good.</summary>
    public bool Debt => _publishes < 0 || _bytes < 0;

    public void Take(int publishes, long bytes)
    {
        Fill();
        if (publishesPerSecond > 0)
        {
            _publishes -= publishes;
        }

        if (bytesPerSecond > 0)
        {
            _bytes -= bytes;
        }
    }

    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        double seconds = 0;
        if (_publishes < 0)
        {
            seconds = -_publishes / publishesPerSecond;
        }

        if (_bytes < 0)
        {
            seconds = Math.Max(seconds, -_bytes / bytesPerSecond);
        }

        await Task.Delay(TimeSpan.FromSeconds(seconds), time, cancellationToken).ConfigureAwait(false);
        Fill();
    }

    private void Fill()
    {
        long now = time.GetTimestamp();
        double seconds = time.GetElapsedTime(_filledAt, now).TotalSeconds;
        _filledAt = now;
        _publishes = Math.Min(publishesPerSecond, _publishes + (seconds * publishesPerSecond));
        _bytes = Math.Min(bytesPerSecond, _bytes + (seconds * bytesPerSecond));
    }
}
