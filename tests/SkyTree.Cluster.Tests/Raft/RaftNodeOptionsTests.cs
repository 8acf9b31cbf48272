using System.ComponentModel.DataAnnotations;
using System.Net;
using SkyTree.Cluster.Raft;
using Xunit;

namespace SkyTree.Cluster.Tests.Raft;

/// <summary>What a node cannot run with is said before it runs.</summary>
public sealed class RaftNodeOptionsTests
{
    private static readonly RaftNodeOptions Good = new() { Folder = "raft", NodeId = "node", PublicEndPoint = IPEndPoint.Parse("10.0.0.1:4000") };

    [Fact]
    public void The_defaults_are_good() => Good.Validate();

    [Fact]
    public void A_name_is_listened_for_on_all_addresses() =>
        Assert.Equal(new IPEndPoint(IPAddress.Any, 4000), (Good with { PublicEndPoint = new DnsEndPoint("node-1.example", 4000) }).ListenEndPoint());

    [Fact]
    public void A_cluster_of_two_is_refused() =>
        Refused(Good with { Start = RaftStart.Seed, Seeds = [Good.PublicEndPoint, IPEndPoint.Parse("10.0.0.2:4000")] }, "one or three");

    [Fact]
    public void Seeds_without_this_node_are_refused() =>
        Refused(Good with { Start = RaftStart.Seed, Seeds = [IPEndPoint.Parse("10.0.0.2:4000")] }, "own public endpoint");

    [Fact]
    public void Any_address_is_no_public_endpoint() => Refused(Good with { PublicEndPoint = IPEndPoint.Parse("0.0.0.0:4000") }, "where others connect");

    [Fact]
    public void A_request_that_outlasts_an_election_is_refused() => Refused(Good with { RequestTimeoutMilliseconds = 600 }, "Two requests");

    [Fact]
    public void A_heartbeat_that_is_too_rare_is_refused() => Refused(Good with { HeartbeatMilliseconds = 600 }, "Two heartbeats");

    private static void Refused(RaftNodeOptions options, string why) =>
        Assert.Contains(why, Assert.Throws<ValidationException>(options.Validate).Message, StringComparison.Ordinal);
}
