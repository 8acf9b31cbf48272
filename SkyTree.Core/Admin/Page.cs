namespace SkyTree.Core.Admin;

/// <summary>A part of a list, which stays right while the list changes: what was there throughout is found once.</summary>
/// <typeparam name="T">What is listed.</typeparam>
/// <param name="Items">The items, in the list's order. There may be fewer than asked for, even none, although there are more: looking is bounded.</param>
/// <param name="Next">Opaque; given back, the list goes on behind this part. Null: this is the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next)
{
    /// <summary>The least number of items that can be asked for.</summary>
    public const int MinimumLimit = 1;

    /// <summary>The most items that can be asked for.</summary>
    public const int MaximumLimit = 1000;

    /// <summary>Nodes that did not answer: what only they know is missing.</summary>
    public IReadOnlyList<Guid> Unavailable { get; init; } = [];
}
