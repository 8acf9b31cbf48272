namespace SkyTree.AspNetCore.Portal.Sinks;

/// <summary>The texts of this page, in <c>SinksTexts.resx</c>.</summary>
public sealed class SinksTexts
{
    private SinksTexts()
    {
    }
}
