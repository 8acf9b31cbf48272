namespace SkyTree.AspNetCore.Portal.Overview;

/// <summary>A number of the overview.</summary>
/// <param name="Name">Its text's name is <c>Overview.{Name}</c>.</param>
/// <param name="Value">The number.</param>
/// <param name="Note">What else is to be known of it.</param>
internal sealed record Figure(string Name, string Value, string? Note = null);
