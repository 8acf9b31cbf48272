namespace SkyTree.AspNetCore.Portal.Drops;

/// <summary>The texts of these pages, in <c>DropsTexts.resx</c>.</summary>
public sealed class DropsTexts
{
    private DropsTexts()
    {
    }
}
