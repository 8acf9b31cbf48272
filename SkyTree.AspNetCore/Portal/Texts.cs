namespace SkyTree.AspNetCore.Portal;

/// <summary>The portal's texts, in <c>Texts.resx</c>: <c>IStringLocalizer&lt;Texts&gt;</c> finds them by name.</summary>
public sealed class Texts
{
    private Texts()
    {
    }
}
