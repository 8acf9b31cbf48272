using System.Security.Claims;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore;

/// <summary>How an application hosts the broker.</summary>
public sealed class SkyTreeHostOptions
{
    /// <summary>The section of the application's configuration with the broker's options; <c>SkyTree</c> unless it is set.</summary>
    public string Section { get; set; } = "SkyTree";

    /// <summary>
    /// Options in code, by their key within the section, such as <c>Listeners:mqtt:Port</c>. They count more than what the configuration says.
    /// </summary>
    public IDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// What a signed-in user of the application may do in the portal and the HTTP API; <see cref="AdminRole.None"/>: nothing. Asked often, from
    /// any thread: it should look at claims and not at a database. Null, unless it is set: the broker has accounts and a sign-in of its own.
    /// </summary>
    public Func<ClaimsPrincipal, AdminRole>? RoleOf { get; set; }
}
