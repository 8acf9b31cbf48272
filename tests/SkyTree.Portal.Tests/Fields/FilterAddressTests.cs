using AngleSharp.Dom;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using SkyTree.AspNetCore.Portal.Audit;
using SkyTree.AspNetCore.Portal.Bans;
using SkyTree.AspNetCore.Portal.Traffic.Messages;
using SkyTree.AspNetCore.Portal.Traffic.Retained;
using SkyTree.AspNetCore.Portal.Users;
using SkyTree.Core.Admin;
using SkyTree.Portal.Tests.Harness;
using Xunit;

namespace SkyTree.Portal.Tests.Fields;

/// <summary>A page's address is its state: fields show what it says, and change it.</summary>
public sealed class FilterAddressTests(PortalFixture portal)
{
    public static TheoryData<Type, string, string, string> Fields => new()
    {
        { typeof(AspNetCore.Portal.Sessions.Sessions), "sessions", "Client ID", "q" },
        { typeof(AspNetCore.Portal.Subscriptions.Subscriptions), "subscriptions", "Filter contains", "q" },
        { typeof(AspNetCore.Portal.Subscriptions.Subscriptions), "subscriptions", "Client", "client" },
        { typeof(Messages), "messages", "Topic or filter", "filter" },
        { typeof(Messages), "messages", "Publisher", "publisher" },
        { typeof(StoredTopics), "messages/topics", "Topic or filter", "filter" },
        { typeof(Retained), "retained", "Topic or filter", "filter" },
        { typeof(UsersPage), "users", "Name contains", "q" },
        { typeof(BansPage), "bans", "Client, user or address contains", "q" },
        { typeof(AuditPage), "audit", "Who", "caller" },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public async Task A_field_shows_what_the_address_says_and_changes_it(Type page, string address, string label, string part)
    {
        await using PageContext context = await PageContext.OfAsync(portal.Host, AdminRole.Administrator);
        NavigationManager addresses = context.Services.GetRequiredService<NavigationManager>();
        IRenderedComponent<IComponent> drawn = context.Draw(page, $"{address}?{part}=a%2Fb&after=x&size=100");
        Assert.Equal("a/b", Field(drawn, label).GetAttribute("value"));

        Type(drawn, label, " c&d ");
        drawn.WaitForAssertion(() => Assert.Equal("c&d", Part(addresses, part)), Deadline.Default);
        Assert.Null(Part(addresses, "after")); // what was a part of another list
        Assert.Equal("100", Part(addresses, "size"));
        drawn.WaitForAssertion(() => Assert.Equal("c&d", Field(drawn, label).GetAttribute("value")), Deadline.Default);

        Type(drawn, label, "");
        drawn.WaitForAssertion(() => Assert.Null(Part(addresses, part)), Deadline.Default);
    }

    private static IElement Field(IRenderedComponent<IComponent> drawn, string label)
    {
        IElement found = drawn.FindAll("label").First(element => element.TextContent.Trim() == label);
        return drawn.Find($"#{found.GetAttribute("for")}");
    }

    // Some fields tell what is typed at once, others when they are left.
    private static void Type(IRenderedComponent<IComponent> drawn, string label, string text)
    {
        IElement field = Field(drawn, label);
        if (field.HasAttribute("blazor:oninput"))
        {
            field.Input(text);
        }
        else
        {
            field.Change(text);
        }
    }

    private static string? Part(NavigationManager addresses, string part) =>
        QueryHelpers.ParseQuery(new Uri(addresses.Uri).Query).TryGetValue(part, out Microsoft.Extensions.Primitives.StringValues value) ? value.ToString() : null;
}
