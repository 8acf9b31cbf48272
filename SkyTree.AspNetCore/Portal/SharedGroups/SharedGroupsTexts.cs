namespace SkyTree.AspNetCore.Portal.SharedGroups;

/// <summary>The texts of these pages, in <c>SharedGroupsTexts.resx</c>.</summary>
public sealed class SharedGroupsTexts
{
    private SharedGroupsTexts()
    {
    }
}
