namespace SkyTree.Crash.Tests.Rounds;

/// <summary>Counts what happens, and tells one waiter of the n-th time from now at the moment when it happens.</summary>
internal sealed class RunEvents
{
    private readonly long[] _counts = new long[Enum.GetValues<RunEvent>().Length];
    private volatile Target? _target;

    public void Note(RunEvent happened)
    {
        long count = Interlocked.Increment(ref _counts[(int)happened]);
        if (_target is { } target && target.Event == happened && count >= target.Count)
        {
            target.Reached.TrySetResult();
        }
    }

    /// <summary>Waits for the n-th time from now. False when that takes longer than the patience.</summary>
    public async Task<bool> WaitAsync(RunEvent happens, int times, TimeSpan patience)
    {
        Target target = new(happens, Interlocked.Read(ref _counts[(int)happens]) + times, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _target = target;
        bool reached = await Task.WhenAny(target.Reached.Task, Task.Delay(patience)) == target.Reached.Task;
        _target = null;
        return reached;
    }

    private sealed record Target(RunEvent Event, long Count, TaskCompletionSource Reached);
}
