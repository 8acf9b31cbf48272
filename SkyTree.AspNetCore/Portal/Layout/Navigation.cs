using System.Reflection;
using Microsoft.AspNetCore.Components;
using MudBlazor;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Portal.Layout;

/// <summary>Where the drawer leads.</summary>
internal static class Navigation
{
    private static readonly HashSet<string> s_routes = [.. typeof(Navigation).Assembly.GetTypes()
        .SelectMany(type => type.GetCustomAttributes<RouteAttribute>())
        .Select(route => route.Template.Trim('/'))];

    /// <summary>The pages in their order.</summary>
    public static IReadOnlyList<NavigationGroup> Groups { get; } = Existing(
    [
        new(null, [new("Overview", "", Icons.Material.Outlined.Dashboard, AdminArea.Stats)]),
        new("Traffic",
        [
            new("Sessions", "sessions", Icons.Material.Outlined.Devices, AdminArea.Sessions),
            new("Topics", "topics", Icons.Material.Outlined.AccountTree, AdminArea.Topics),
            new("Messages", "messages", Icons.Material.Outlined.Mail, AdminArea.Messages),
            new("Retained", "retained", Icons.Material.Outlined.PushPin, AdminArea.Retained),
            new("Subscriptions", "subscriptions", Icons.Material.Outlined.RssFeed, AdminArea.Sessions),
            new("SharedGroups", "shared-groups", Icons.Material.Outlined.Groups, AdminArea.Sessions),
        ]),
        new("Access",
        [
            new("Users", "users", Icons.Material.Outlined.Person, AdminArea.Users),
            new("UserGroups", "groups", Icons.Material.Outlined.Group, AdminArea.Users),
            new("Rules", "rules", Icons.Material.Outlined.Rule, AdminArea.Acl),
            new("Bans", "bans", Icons.Material.Outlined.Block, AdminArea.Bans),
            new("Admins", "admins", Icons.Material.Outlined.AdminPanelSettings, AdminArea.Admins),
            new("ApiKeys", "api-keys", Icons.Material.Outlined.Key, AdminArea.ApiKeys),
            new("Audit", "audit", Icons.Material.Outlined.History, AdminArea.Audit),
        ]),
        new("Operations",
        [
            new("Cluster", "cluster", Icons.Material.Outlined.Hub, AdminArea.Cluster),
            new("Bridges", "bridges", Icons.Material.Outlined.SyncAlt, AdminArea.Bridges),
            new("Sinks", "sinks", Icons.Material.Outlined.CallSplit, AdminArea.Sinks),
            new("MessageRules", "message-rules", Icons.Material.Outlined.AltRoute, AdminArea.Rules),
            new("Drops", "drops", Icons.Material.Outlined.FilterAlt, AdminArea.Drops),
            new("Trace", "trace", Icons.Material.Outlined.Radar, AdminArea.Trace),
            new("WebSocketClient", "client", Icons.Material.Outlined.Terminal, AdminArea.Publish),
            new("Settings", "settings", Icons.Material.Outlined.Settings, AdminArea.Config),
        ]),
    ]);

    // The drawer promises nothing that is not there.
    private static List<NavigationGroup> Existing(IEnumerable<NavigationGroup> groups) =>
    [
        .. groups
            .Select(group => group with { Entries = [.. group.Entries.Where(entry => s_routes.Contains(entry.Address))] })
            .Where(group => group.Entries.Count > 0),
    ];
}
