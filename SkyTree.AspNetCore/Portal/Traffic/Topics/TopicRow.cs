using SkyTree.Core.Admin.Topics;

namespace SkyTree.AspNetCore.Portal.Traffic.Topics;

/// <summary>A row of the tree of topics.</summary>
/// <param name="Item">The level; null: there are more below <paramref name="Parent"/> than are shown.</param>
/// <param name="Parent">The topic that it is below; null: it is a first level.</param>
/// <param name="Depth">Levels above it.</param>
/// <param name="IsOpen">Whether what is below it is shown.</param>
internal sealed record TopicRow(TopicItem? Item, string? Parent, int Depth, bool IsOpen);
