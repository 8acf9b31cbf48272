namespace SkyTree.AspNetCore.Portal.MessageRules;

/// <summary>The texts of this page, in <c>MessageRulesTexts.resx</c>.</summary>
public sealed class MessageRulesTexts
{
    private MessageRulesTexts()
    {
    }
}
