using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using SkyTree.AspNetCore.Portal;
using SkyTree.AspNetCore.Portal.Admins;
using SkyTree.AspNetCore.Portal.ApiKeys;
using SkyTree.AspNetCore.Portal.Bans;
using SkyTree.AspNetCore.Portal.Rules;
using SkyTree.AspNetCore.Portal.Sessions;
using SkyTree.AspNetCore.Portal.Settings;
using SkyTree.AspNetCore.Portal.Trace;
using SkyTree.AspNetCore.Portal.Traffic;
using SkyTree.AspNetCore.Portal.Traffic.Retained;
using SkyTree.AspNetCore.Portal.Users;
using SkyTree.Core.Admin;
using SkyTree.Portal.Tests.Harness;
using Xunit;

namespace SkyTree.Portal.Tests.Access;

/// <summary>What a role may not do is not offered to it. That it is refused, too, is tested where the services are.</summary>
public sealed class RoleTests(PortalFixture portal)
{
    public static TheoryData<Type, Type, string, AdminArea> Actions => new()
    {
        { typeof(AspNetCore.Portal.Sessions.Sessions), typeof(SessionsTexts), "DeleteOffline", AdminArea.Sessions },
        { typeof(Retained), typeof(TrafficTexts), "Retained.Set", AdminArea.Retained },
        { typeof(UsersPage), typeof(Texts), "Users.Create", AdminArea.Users },
        { typeof(RulesPage), typeof(Texts), "Rules.Create", AdminArea.Acl },
        { typeof(BansPage), typeof(Texts), "Bans.Create", AdminArea.Bans },
        { typeof(AdminsPage), typeof(Texts), "Admins.Create", AdminArea.Admins },
        { typeof(ApiKeysPage), typeof(Texts), "ApiKeys.Create", AdminArea.ApiKeys },
        { typeof(AspNetCore.Portal.Trace.Trace), typeof(TraceTexts), "New", AdminArea.Trace },
        { typeof(SettingsPage), typeof(Texts), "Settings.Close", AdminArea.Listeners },
    };

    [Theory]
    [MemberData(nameof(Actions))]
    public async Task An_action_is_offered_to_those_alone_who_may_do_it(Type page, Type texts, string action, AdminArea area)
    {
        AdminRole least = Caller.RequiredRole(area, AdminAccess.Write);
        foreach (AdminRole role in new[] { AdminRole.Viewer, AdminRole.Operator, AdminRole.Administrator }.Where(role => role >= Caller.RequiredRole(area, AdminAccess.Read)))
        {
            await using PageContext context = await PageContext.OfAsync(portal.Host, role);
            string text = context.Services.GetRequiredService<IStringLocalizerFactory>().Create(texts)[action];
            IRenderedComponent<IComponent> drawn = context.Draw(page);
            bool isOffered = drawn.FindAll("button").Any(button => button.TextContent.Trim() == text);
            Assert.True(isOffered == role >= least, $"'{text}' is {(isOffered ? "" : "not ")}offered to a {role}.");
        }
    }
}
