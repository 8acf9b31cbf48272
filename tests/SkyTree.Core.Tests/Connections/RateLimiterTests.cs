using Microsoft.Extensions.Time.Testing;
using SkyTree.Core.Connections;
using Xunit;

namespace SkyTree.Core.Tests.Connections;

public sealed class RateLimiterTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_burst_of_a_second_is_free_and_more_is_waited_for()
    {
        var limiter = new RateLimiter(publishesPerSecond: 10, bytesPerSecond: 1_000, _time);
        limiter.Take(10, 1_000);
        Assert.Equal(0, limiter.DebtSeconds);
        limiter.Take(5, 2_000);
        Assert.Equal(2, limiter.DebtSeconds, precision: 6);
        Task waiting = limiter.WaitAsync(TestContext.Current.CancellationToken).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        await waiting.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(0, limiter.DebtSeconds);
    }

    [Fact]
    public void What_is_not_limited_causes_no_debt()
    {
        var limiter = new RateLimiter(publishesPerSecond: 0, bytesPerSecond: 100, _time);
        limiter.Take(1_000_000, 100);
        Assert.Equal(0, limiter.DebtSeconds);
        limiter.Take(0, 100);
        Assert.Equal(1, limiter.DebtSeconds, precision: 6);
    }

    [Fact]
    public void No_more_than_a_second_is_saved_up()
    {
        var limiter = new RateLimiter(publishesPerSecond: 10, bytesPerSecond: 0, _time);
        _time.Advance(TimeSpan.FromHours(1));
        limiter.Take(11, 0);
        Assert.True(limiter.DebtSeconds > 0);
    }

    [Fact]
    public void A_debt_of_years_is_waited_for_in_turns()
    {
        var limiter = new RateLimiter(publishesPerSecond: 0, bytesPerSecond: 1, _time);
        limiter.Take(0, 268_435_460);
        Assert.False(limiter.WaitAsync(TestContext.Current.CancellationToken).AsTask().IsFaulted);
    }
}
