namespace SkyTree.Cluster.Administration;

/// <summary>How long something is waited for.</summary>
internal sealed class Patience : IDisposable
{
    private readonly CancellationTokenSource _over;
    private readonly CancellationTokenSource _either;
    private readonly CancellationToken _givenUp;
    private readonly TimeProvider _time;

    /// <summary>Begins now.</summary>
    /// <param name="duration">How long.</param>
    /// <param name="time">The clock.</param>
    /// <param name="givenUp">Ends it before.</param>
    public Patience(TimeSpan duration, TimeProvider time, CancellationToken givenUp)
    {
        _time = time;
        _givenUp = givenUp;
        _over = new CancellationTokenSource(duration, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_over.Token, givenUp);
    }

    /// <summary>Whether the time is over.</summary>
    /// <exception cref="OperationCanceledException">It was given up before.</exception>
    public bool IsOver
    {
        get
        {
            _givenUp.ThrowIfCancellationRequested();
            return _over.IsCancellationRequested;
        }
    }

    /// <summary>Cancelled when the time is over or it is given up.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>Waits a moment, or until the time is over.</summary>
    public async Task PauseAsync(TimeSpan duration) =>
        await Task.Delay(duration, _time, _either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <inheritdoc/>
    public void Dispose()
    {
        _either.Dispose();
        _over.Dispose();
    }
}
