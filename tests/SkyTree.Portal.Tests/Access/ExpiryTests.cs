using SkyTree.AspNetCore.Portal.Editing;
using SkyTree.Core.Admin;
using Xunit;

namespace SkyTree.Portal.Tests.Access;

public sealed class ExpiryTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_is_chosen_is_counted_from_now_and_a_moment_is_utc()
    {
        Assert.Null(new Expiry().Resolve(s_now));
        Assert.Equal(s_now.AddDays(7), new Expiry { Choice = "7d" }.Resolve(s_now));
        Assert.Equal(s_now.AddMinutes(90), new Expiry { Choice = Expiry.At, Moment = "2026-11-23T13:30" }.Resolve(s_now));
        Assert.Equal(s_now, Expiry.Of(s_now).Resolve(s_now.AddDays(1)));
    }

    [Fact]
    public void No_moment_is_a_mistake_of_its_field()
    {
        AdminException mistake = Assert.Throws<AdminException>(() => new Expiry { Choice = Expiry.At }.Resolve(s_now));
        Assert.Contains("expiresAt", mistake.Fields.Keys);
    }
}
