namespace SkyTree.Core.Admin;

/// <summary>Who asks for an action: an admin account or an API key that has been authenticated, or the broker's own program.</summary>
/// <param name="Name">The account's name, or the key's as <c>key:{id}</c>; for the audit log.</param>
/// <param name="Role">What it may do at most.</param>
/// <param name="Address">From where, without a port; null: this process.</param>
public sealed record Caller(string Name, AdminRole Role, string? Address)
{
    /// <summary>The program itself: what an operator does on the server's own console.</summary>
    public static Caller Console { get; } = new("console", AdminRole.Administrator, null);

    /// <summary>The application that hosts the broker.</summary>
    public static Caller Application { get; } = new("application", AdminRole.Administrator, null);

    /// <summary>What it is limited to beyond its role; null: to nothing.</summary>
    public IReadOnlySet<(AdminArea Area, AdminAccess Access)>? Scopes { get; init; }

    /// <summary>Whether it may.</summary>
    /// <param name="area">What the action is about.</param>
    /// <param name="access">Whether it looks or changes.</param>
    public bool May(AdminArea area, AdminAccess access) =>
        Role >= RequiredRole(area, access)
        && (Scopes is null || Scopes.Contains((area, access)) || (access == AdminAccess.Read && Scopes.Contains((area, AdminAccess.Write))));

    /// <summary>Returns if it may.</summary>
    /// <param name="area">What the action is about.</param>
    /// <param name="access">Whether it looks or changes.</param>
    /// <exception cref="AdminException">It may not: <see cref="AdminError.Denied"/>. Nothing has been done.</exception>
    public void Require(AdminArea area, AdminAccess access)
    {
        if (!May(area, access))
        {
            throw new AdminException(AdminError.Denied, "denied", $"{Name} may not {(access == AdminAccess.Read ? "see" : "change")} this ({area}).");
        }
    }

    /// <summary>The least role that an action needs.</summary>
    /// <param name="area">What the action is about.</param>
    /// <param name="access">Whether it looks or changes.</param>
    public static AdminRole RequiredRole(AdminArea area, AdminAccess access) => (area, access) switch
    {
        (AdminArea.Admins or AdminArea.ApiKeys or AdminArea.Audit or AdminArea.Backup, _) => AdminRole.Administrator,
        (_, AdminAccess.Read) => AdminRole.Viewer,
        (AdminArea.Users or AdminArea.Acl or AdminArea.Config or AdminArea.Listeners, _) => AdminRole.Administrator,
        _ => AdminRole.Operator,
    };
}
