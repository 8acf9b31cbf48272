namespace SkyTree.AspNetCore.Portal.Bridges;

/// <summary>The texts of this page, in <c>BridgesTexts.resx</c>.</summary>
public sealed class BridgesTexts
{
    private BridgesTexts()
    {
    }
}
