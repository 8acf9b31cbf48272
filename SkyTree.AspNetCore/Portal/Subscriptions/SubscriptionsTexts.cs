namespace SkyTree.AspNetCore.Portal.Subscriptions;

/// <summary>The texts of these pages, in <c>SubscriptionsTexts.resx</c>.</summary>
public sealed class SubscriptionsTexts
{
    private SubscriptionsTexts()
    {
    }
}
