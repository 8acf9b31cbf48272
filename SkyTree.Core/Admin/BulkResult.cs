namespace SkyTree.Core.Admin;

/// <summary>What was done to many things at once.</summary>
/// <param name="Matched">How many fit.</param>
/// <param name="Done">How many it was done to.</param>
/// <param name="DryRun">Whether they were only counted.</param>
public sealed record BulkResult(long Matched, long Done, bool DryRun)
{
    /// <summary>Nodes that did not answer: what only they know was left out.</summary>
    public IReadOnlyList<Guid> Unavailable { get; init; } = [];
}
