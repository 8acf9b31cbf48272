namespace SkyTree.AspNetCore.Security;

/// <summary>So many at a time, so many waiting.</summary>
/// <param name="concurrency">At a time.</param>
/// <param name="maximumWaiting">Waiting, besides.</param>
internal sealed class Turns(int concurrency, int maximumWaiting) : IDisposable
{
    private readonly SemaphoreSlim _turns = new(concurrency, concurrency);
    private int _inside; // interlocked

    /// <summary>Waits for a turn.</summary>
    /// <returns>Whether there is one; then <see cref="Leave"/> must be called.</returns>
    public async ValueTask<bool> TryEnterAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _inside) > concurrency + maximumWaiting)
        {
            Interlocked.Decrement(ref _inside);
            return false;
        }

        try
        {
            await _turns.WaitAsync(cancellationToken);
            return true;
        }
        catch (OperationCanceledException)
        {
            Interlocked.Decrement(ref _inside);
            return false;
        }
    }

    public void Leave()
    {
        _turns.Release();
        Interlocked.Decrement(ref _inside);
    }

    public void Dispose() => _turns.Dispose();
}
