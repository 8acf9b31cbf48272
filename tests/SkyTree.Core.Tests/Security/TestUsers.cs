using SkyTree.Core.Listeners;
using SkyTree.Core.Security;
using Xunit;

namespace SkyTree.Core.Tests.Security;

internal static class TestUsers
{
    public static readonly Listener Listener = new("tcp", ListenerKind.Tcp, new ListenerLimits());

    // The fewest iterations that are allowed keep the tests quick.
    public static ScramCredential Credential(string password) => ScramCredential.Create(password, ScramCredential.MinimumIterations);

    public static UserDirectory Directory(params (string Name, string Password)[] users) =>
        Directory(users.Select(user => (user.Name, Credential(user.Password))).ToArray());

    public static UserDirectory Directory(params (string Name, ScramCredential Credential)[] users) => new(Snapshot(users));

    public static UserSnapshot Snapshot(params (string Name, ScramCredential Credential)[] users)
    {
        var errors = new List<string>();
        UserOptions[] options = [.. users.Select(user => new UserOptions { Name = user.Name, Credential = user.Credential.Format() })];
        UserSnapshot? snapshot = UserSnapshot.FromOptions(options, "Users", errors);
        Assert.Empty(errors);
        return snapshot!;
    }
}
