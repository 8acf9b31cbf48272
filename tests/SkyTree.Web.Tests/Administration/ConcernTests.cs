using SkyTree.AspNetCore.Administration;
using SkyTree.Cluster.Administration;
using SkyTree.Core.Admin.Attention;
using Xunit;

namespace SkyTree.Web.Tests.Administration;

public sealed class ConcernTests
{
    private static readonly Guid s_first = Guid.NewGuid();
    private static readonly Guid s_second = Guid.NewGuid();
    private static readonly DateTimeOffset s_now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Three_nodes_that_keep_up_are_no_concern() => Assert.Empty(Codes(Cluster(Member(1) with { IsLeader = true }, Member(2), Member(3) with { AppliedIndex = 100_000 - ClusterConcerns.Lagging })));

    [Fact]
    public void A_node_that_is_down_or_lags_is_named()
    {
        IReadOnlyList<Concern> concerns = ClusterConcerns.Of(Cluster(
            Member(1) with { Id = s_first, IsReachable = false, AppliedIndex = null }, Member(2) with { Id = s_second, AppliedIndex = 100_000 - ClusterConcerns.Lagging - 1 }, Member(3)));
        Assert.Equal([("node_down", s_first, ConcernSeverity.Critical), ("node_lagging", s_second, ConcernSeverity.Warning)], concerns.Select(concern => (concern.Code, concern.Node, concern.Severity)));
        Assert.Contains("10.0.0.2:7801 is 1,001 entries of the log behind", concerns[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void No_leader_two_nodes_and_two_versions_are_told()
    {
        Assert.Equal(["no_leader"], Codes(Cluster(Member(1), Member(2), Member(3)) with { Leader = null }));
        Assert.Equal(["two_nodes"], Codes(Cluster(Member(1), Member(2))));
        Assert.Equal(["versions_differ"], Codes(Cluster(Member(1), Member(2), Member(3) with { Version = "2.0" })));
    }

    [Fact]
    public void A_link_that_is_down_is_told_but_not_when_its_node_is()
    {
        NodeLink down = new() { To = s_second };
        MemberStatus to = Member(2) with { Id = s_second };
        Concern concern = Assert.Single(ClusterConcerns.Of(Cluster(Member(1) with { Links = [down] }, to, Member(3))));
        Assert.Equal(("link_down", "10.0.0.2:7801"), (concern.Code, concern.Subject));
        Assert.Equal(["node_down"], Codes(Cluster(Member(1) with { Links = [down] }, to with { IsReachable = false }, Member(3))));
    }

    [Theory]
    [InlineData(31, null, null)]
    [InlineData(29, "certificate_expires", ConcernSeverity.Warning)]
    [InlineData(2, "certificate_expires", ConcernSeverity.Critical)]
    [InlineData(0, "certificate_expired", ConcernSeverity.Critical)]
    [InlineData(-1, "certificate_expired", ConcernSeverity.Critical)]
    public void A_certificate_is_told_of_before_it_expires(int days, string? code, ConcernSeverity? severity)
    {
        Concern? concern = CertificateConcerns.Of("mqtts", s_now.AddDays(days), null, s_now).SingleOrDefault();
        Assert.Equal((code, severity), (concern?.Code, concern?.Severity));
    }

    [Fact]
    public void Files_that_cannot_be_used_are_told_of() =>
        Assert.Equal("certificate_unusable", Assert.Single(CertificateConcerns.Of("mqtts", s_now.AddYears(1), "no key", s_now)).Code);

    private static IEnumerable<string> Codes(ClusterStatus status) => ClusterConcerns.Of(status).Select(concern => concern.Code);

    private static ClusterStatus Cluster(params MemberStatus[] members) => new() { Cluster = "test", Node = s_first, Leader = s_first, Members = members };

    private static MemberStatus Member(int number) => new()
    {
        Id = Guid.NewGuid(),
        Address = $"10.0.0.{number}:7801",
        IsReachable = true,
        IsServing = true,
        AppliedIndex = 100_000,
        Version = "1.0",
    };
}
