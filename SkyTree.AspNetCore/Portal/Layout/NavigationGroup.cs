namespace SkyTree.AspNetCore.Portal.Layout;

/// <summary>Pages of one subject.</summary>
/// <param name="Name">The name of its text is <c>Nav.{Name}</c>; null: it has no heading.</param>
/// <param name="Entries">The pages in their order.</param>
public sealed record NavigationGroup(string? Name, IReadOnlyList<NavigationEntry> Entries);
