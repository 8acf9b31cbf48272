namespace SkyTree.AspNetCore.Portal.Layout;

/// <summary>What the browser's cookie said of the theme when the page was asked for.</summary>
/// <param name="IsDark">Whether it was dark.</param>
public sealed record StartTheme(bool IsDark);
