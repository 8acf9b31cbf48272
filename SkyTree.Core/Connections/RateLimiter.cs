using SkyTree.Core.Listeners;

namespace SkyTree.Core.Connections;

/// <summary>Token buckets of one connection: publishes and bytes per second, with a burst of one second. Its connection's own.</summary>
internal sealed class RateLimiter(int publishesPerSecond, int bytesPerSecond, TimeProvider time)
{
    private double _publishes = publishesPerSecond;
    private double _bytes = bytesPerSecond;
    private long _filledAt = time.GetTimestamp();

    /// <summary>The seconds until what was taken beyond what there was is made good; 0: there is no debt. Meanwhile the connection is not read.</summary>
    public double DebtSeconds => Math.Max(
        _publishes < 0 ? -_publishes / publishesPerSecond : 0,
        _bytes < 0 ? -_bytes / bytesPerSecond : 0);

    /// <summary>One for what a listener allows now; null: it sets no limit.</summary>
    public static RateLimiter? For(ListenerLimits limits, TimeProvider time) =>
        limits is { PublishesPerSecond: 0, BytesPerSecond: 0 } ? null : new RateLimiter(limits.PublishesPerSecond, limits.BytesPerSecond, time);

    /// <summary>Whether it is for what a listener allows now.</summary>
    public bool Holds(ListenerLimits limits) => limits.PublishesPerSecond == publishesPerSecond && limits.BytesPerSecond == bytesPerSecond;

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
        // A timer takes no more than some weeks.
        double seconds = Math.Min(DebtSeconds, TimeSpan.FromDays(1).TotalSeconds);
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
