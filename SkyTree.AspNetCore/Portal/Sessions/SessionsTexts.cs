namespace SkyTree.AspNetCore.Portal.Sessions;

/// <summary>The texts of these pages, in <c>SessionsTexts.resx</c>.</summary>
public sealed class SessionsTexts
{
    private SessionsTexts()
    {
    }
}
