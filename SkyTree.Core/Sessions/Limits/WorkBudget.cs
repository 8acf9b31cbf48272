namespace SkyTree.Core.Sessions.Limits;

/// <summary>How long one step of the housekeeping may go on.</summary>
/// <param name="time">The clock.</param>
/// <param name="patience">The time that it has.</param>
internal sealed class WorkBudget(TimeProvider time, TimeSpan patience)
{
    private readonly long _started = time.GetTimestamp();

    public bool IsSpent => time.GetElapsedTime(_started) >= patience;
}
