using SkyTree.Core.Admin;

namespace SkyTree.Broker.Tests.Admin;

/// <summary>Who asks in these tests.</summary>
internal static class Callers
{
    public static Caller Operator { get; } = new("ops", AdminRole.Operator, "127.0.0.1");

    public static Caller Viewer { get; } = new("viewer", AdminRole.Viewer, "127.0.0.1");

    public static Caller Nobody { get; } = new("nobody", AdminRole.None, "127.0.0.1");

    /// <summary>An operator's key that may only look at charts.</summary>
    public static Caller Scoped { get; } = new("key:1", AdminRole.Operator, "127.0.0.1")
    {
        Scopes = new HashSet<(AdminArea, AdminAccess)> { (AdminArea.Config, AdminAccess.Read) },
    };

    /// <summary>Who may change nothing.</summary>
    public static TheoryData<string> Powerless => ["viewer", "nobody", "key:1"];

    public static Caller Named(string name) => name switch { "viewer" => Viewer, "nobody" => Nobody, "key:1" => Scoped, _ => Operator };

    /// <summary>Asserts that an action fails with a code.</summary>
    public static async Task FailsAsync(string code, Func<Task> action) => Assert.Equal(code, (await Assert.ThrowsAsync<AdminException>(action)).Code);
}
