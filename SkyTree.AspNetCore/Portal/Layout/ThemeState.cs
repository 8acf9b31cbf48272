namespace SkyTree.AspNetCore.Portal.Layout;

/// <summary>The theme as the browser has it.</summary>
/// <param name="Choice">What was chosen: <c>light</c>, <c>dark</c> or <c>system</c>.</param>
/// <param name="Dark">Whether that is dark now.</param>
internal sealed record ThemeState(string Choice, bool Dark);
