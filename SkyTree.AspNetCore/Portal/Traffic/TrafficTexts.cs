namespace SkyTree.AspNetCore.Portal.Traffic;

/// <summary>Texts of the pages about topics and messages, in <c>TrafficTexts.resx</c>.</summary>
public sealed class TrafficTexts
{
    private TrafficTexts()
    {
    }
}
