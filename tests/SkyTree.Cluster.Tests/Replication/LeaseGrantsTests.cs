using Microsoft.Extensions.Time.Testing;
using SkyTree.Cluster.Replication;
using Xunit;

namespace SkyTree.Cluster.Tests.Replication;

/// <summary>Who has a lease, and what all who have one have applied.</summary>
public sealed class LeaseGrantsTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly Guid _a = Guid.NewGuid();
    private readonly Guid _b = Guid.NewGuid();
    private readonly LeaseGrants _grants;
    private bool _settled;

    public LeaseGrantsTests() => _grants = new LeaseGrants(Duration, _time);

    [Fact]
    public void Who_does_not_lead_gives_none()
    {
        Assert.Equal(TimeSpan.Zero, _grants.Grant(_a, 1));
        _grants.Begin();
        Assert.Equal(TimeSpan.Zero, _grants.Grant(_a, 1)); // not before a majority has taken something
        _grants.Renew(_time.GetTimestamp());
        Assert.Equal(Duration, _grants.Grant(_a, 1));
        _grants.End();
        Assert.Equal(TimeSpan.Zero, _grants.Grant(_a, 1));
    }

    [Fact]
    public void None_lasts_longer_than_the_leaders_own()
    {
        _grants.Begin();
        long sent = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(300));
        _grants.Renew(sent);
        Assert.Equal(TimeSpan.FromMilliseconds(700), _grants.Grant(_a, 1));
        _time.Advance(TimeSpan.FromMilliseconds(700));
        Assert.Equal(TimeSpan.Zero, _grants.Grant(_a, 1));
    }

    [Fact]
    public void It_is_settled_when_all_with_a_lease_have_applied_it()
    {
        Lead();
        _grants.Grant(_a, 5);
        _grants.Grant(_b, 4);
        Assert.Equal([_b], _grants.Wait(5, [_a, _b], () => _settled = true));
        Assert.False(_settled);
        _grants.Grant(_b, 5);
        Assert.True(_settled);
    }

    [Fact]
    public void It_is_settled_when_the_lease_of_who_has_not_applied_it_has_run_out_and_that_node_gets_none_before_it_has()
    {
        Lead();
        _grants.Grant(_a, 5);
        _grants.Grant(_b, 4);
        _grants.Wait(5, [_a, _b], () => _settled = true);
        for (int i = 0; i < 9; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            _grants.Renew(_time.GetTimestamp());
            _grants.Grant(_a, 5);
            Assert.False(_settled);
        }

        _time.Advance(TimeSpan.FromMilliseconds(100));
        _grants.Renew(_time.GetTimestamp());
        _grants.Check();
        Assert.True(_settled);
        Assert.Equal(TimeSpan.Zero, _grants.Grant(_b, 4));
        Assert.Equal(Duration, _grants.Grant(_b, 5));
    }

    [Fact]
    public void Nobody_waits_for_longer_than_two_leases_for_a_node_that_asks_and_asks_and_applies_nothing()
    {
        Lead();
        _grants.Grant(_a, 5);
        _grants.Grant(_b, 4);
        _grants.Wait(5, [_a, _b], () => _settled = true);
        for (int i = 0; i < 20; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            _grants.Renew(_time.GetTimestamp());
            _grants.Grant(_a, 5);
            _grants.Grant(_b, 4);
        }

        Assert.True(_settled);
        Assert.Equal(TimeSpan.Zero, _grants.Grant(_b, 4));
        Assert.Equal(Duration, _grants.Grant(_b, 5));
    }

    [Fact]
    public void A_node_that_is_always_a_little_behind_keeps_its_lease()
    {
        Lead();
        int settled = 0;
        for (long index = 1; index <= 50; index++)
        {
            _grants.Wait(index, [_a], () => settled++);
            _time.Advance(TimeSpan.FromMilliseconds(100));
            _grants.Renew(_time.GetTimestamp());
            Assert.Equal(Duration, _grants.Grant(_a, Math.Max(0, index - 8)));
        }

        Assert.Equal(42, settled);
    }

    [Fact]
    public void A_new_leader_waits_for_leases_that_the_one_before_it_may_have_given()
    {
        Lead();
        _grants.Wait(5, [_a], () => _settled = true);
        _time.Advance(TimeSpan.FromMilliseconds(900));
        _grants.Renew(_time.GetTimestamp());
        _grants.Check();
        Assert.False(_settled);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        _grants.Renew(_time.GetTimestamp());
        _grants.Check();
        Assert.True(_settled);
    }

    [Fact]
    public void Who_leads_no_more_settles_nothing()
    {
        Lead();
        _grants.Grant(_a, 4);
        _grants.Wait(5, [_a], () => _settled = true);
        _time.Advance(TimeSpan.FromSeconds(2)); // its own has run out: another may lead
        _grants.Check();
        Assert.False(_settled);
        _grants.End();
        Assert.Empty(_grants.Wait(1, [_a], () => _settled = true));
        Assert.False(_settled);
    }

    private void Lead()
    {
        _grants.Begin();
        _grants.Renew(_time.GetTimestamp());
    }
}
