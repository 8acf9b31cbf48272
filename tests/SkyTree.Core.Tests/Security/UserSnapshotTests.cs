using SkyTree.Core.Security;
using Xunit;

namespace SkyTree.Core.Tests.Security;

public sealed class UserSnapshotTests
{
    [Fact]
    public void Every_mistake_is_reported_with_its_full_key()
    {
        string good = TestUsers.Credential("secret").Format();
        var errors = new List<string>();

        UserSnapshot? users = UserSnapshot.FromOptions(
            [
                new() { Name = "ada", Credential = good },
                new() { Name = "", Credential = good },
                new() { Name = "bob", Credential = "hunter2" },
                new() { Name = "ada", Credential = good },
                new() { Name = "tab\t", Credential = "" },
            ],
            "SkyTree:Users",
            errors);

        Assert.Null(users);
        Assert.Equal(5, errors.Count);
        Assert.StartsWith("SkyTree:Users:1:Name ", errors[0]);
        Assert.StartsWith("SkyTree:Users:2:Credential ", errors[1]);
        Assert.StartsWith("SkyTree:Users:3:Name ", errors[2]);
        Assert.StartsWith("SkyTree:Users:4:Name ", errors[3]);
        Assert.StartsWith("SkyTree:Users:4:Credential ", errors[4]);
        Assert.DoesNotContain(errors, error => error.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public void Names_are_compared_exactly()
    {
        UserSnapshot users = TestUsers.Snapshot(("ada", TestUsers.Credential("secret")));

        Assert.True(users.TryGet("ada", out _));
        Assert.False(users.TryGet("Ada", out _));
        Assert.False(users.TryGet("ada ", out _));
    }

    [Fact]
    public void Replacing_the_directory_replaces_all_users_at_once()
    {
        UserDirectory directory = TestUsers.Directory(("ada", "secret"));
        UserSnapshot before = directory.Current;

        directory.Current = TestUsers.Snapshot(("bob", TestUsers.Credential("secret")));

        Assert.True(before.TryGet("ada", out _));
        Assert.False(directory.Current.TryGet("ada", out _));
        Assert.True(directory.Current.TryGet("bob", out _));
    }
}
