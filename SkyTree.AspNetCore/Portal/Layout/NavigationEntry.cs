using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Portal.Layout;

/// <summary>A page that the drawer leads to.</summary>
/// <param name="Name">Its text's name is <c>Nav.{Name}</c>.</param>
/// <param name="Address">Its address below the site's root, without a slash before it.</param>
/// <param name="Icon">An icon of MudBlazor.</param>
/// <param name="Area">What one must be allowed to see.</param>
public sealed record NavigationEntry(string Name, string Address, string Icon, AdminArea Area);
