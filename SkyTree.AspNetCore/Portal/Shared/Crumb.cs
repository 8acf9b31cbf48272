namespace SkyTree.AspNetCore.Portal.Shared;

/// <summary>A page above the one that is shown.</summary>
/// <param name="Text">What it is called.</param>
/// <param name="Address">Its address below the site's root.</param>
public sealed record Crumb(string Text, string Address);
