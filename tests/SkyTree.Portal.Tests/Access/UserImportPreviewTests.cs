using SkyTree.AspNetCore.Portal.Users;
using SkyTree.Core.Admin.Users;
using Xunit;

namespace SkyTree.Portal.Tests.Access;

public sealed class UserImportPreviewTests
{
    [Fact]
    public void An_import_says_who_is_new_who_is_replaced_and_who_is_passed_over()
    {
        Dictionary<string, DeviceUser> there = new()
        {
            ["pump"] = new DeviceUser("pump", ["field", "old"], IsDisabled: false, HasPassword: true, HasScram: true, IsConfigured: false, null, null, 3),
            ["fixed"] = new DeviceUser("fixed", [], IsDisabled: false, HasPassword: true, HasScram: true, IsConfigured: true, null, null, 0),
        };
        var preview = UserImportPreview.Of(
            [new("valve", "secret"), new("pump", Groups: ["field", "new"], IsDisabled: true), new("fixed", "secret"), new("valve", "other")],
            there.GetValueOrDefault);
        Assert.Equal(["valve"], preview.Created);
        Assert.Equal(["fixed"], preview.Configured);
        Assert.Equal(["valve"], preview.Repeated);
        Assert.Equal(1, preview.WithoutPassword);
        UserReplacement pump = Assert.Single(preview.Replaced);
        Assert.Equal(["new"], pump.Added);
        Assert.Equal(["old"], pump.Removed);
        Assert.True(pump.Disabled);
        Assert.True(pump.LosesPassword);
    }
}
