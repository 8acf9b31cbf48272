namespace SkyTree.Core.Sessions.Limits;

/// <summary>Tells publishers that are held back that a full session has room again. Any thread's.</summary>
internal sealed class QueueRoom
{
    private TaskCompletionSource _next = NewSource(); // swapped whole

    /// <summary>Completes when a session next comes to have room. Take it before looking whether there is any.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Signal() => Interlocked.Exchange(ref _next, NewSource()).TrySetResult();

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
