namespace SkyTree.AspNetCore.Portal.Trace;

/// <summary>The texts of these pages, in <c>TraceTexts.resx</c>.</summary>
public sealed class TraceTexts
{
    private TraceTexts()
    {
    }
}
