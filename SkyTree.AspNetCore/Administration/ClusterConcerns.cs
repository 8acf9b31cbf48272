using System.Globalization;
using SkyTree.Cluster.Administration;
using SkyTree.Core.Admin.Attention;

namespace SkyTree.AspNetCore.Administration;

/// <summary>What is wrong with the nodes as a cluster.</summary>
internal static class ClusterConcerns
{
    /// <summary>A node that is so many entries behind is slow, and not only busy.</summary>
    public const long Lagging = 1_000;

    /// <summary>Looks at the nodes.</summary>
    /// <param name="status">As they are now.</param>
    public static IReadOnlyList<Concern> Of(ClusterStatus status) => [.. Look(status)];

    private static IEnumerable<Concern> Look(ClusterStatus status)
    {
        if (status.Leader is null)
        {
            yield return new("no_leader", ConcernSeverity.Critical, "No node leads: nothing durable is acknowledged until most nodes run and reach each other.");
        }

        long newest = status.Members.Max(member => member.AppliedIndex ?? 0);
        foreach (MemberStatus member in status.Members)
        {
            if (!member.IsReachable)
            {
                yield return About(member, "node_down", ConcernSeverity.Critical, $"{member.Address} does not answer: start it, or remove it and add another. The loss of one more node may stop the cluster.");
            }
            else if (newest - member.AppliedIndex > Lagging)
            {
                yield return About(member, "node_lagging", ConcernSeverity.Warning, string.Create(CultureInfo.InvariantCulture, $"{member.Address} is {newest - member.AppliedIndex:N0} entries of the log behind: its disk or its network is slower than the others'."));
            }

            foreach (NodeLink link in (member.Links ?? []).Where(link => !link.IsConnected && status.Members.Any(other => other.Id == link.To && other.IsReachable)))
            {
                string to = status.Members.First(other => other.Id == link.To).Address;
                yield return About(member, "link_down", ConcernSeverity.Critical, $"{member.Address} does not reach {to} at its peer port: messages and questions between the two do not pass.") with { Subject = to };
            }
        }

        if (status.Members.Count == 2)
        {
            yield return new("two_nodes", ConcernSeverity.Warning, "The cluster has two nodes: the loss of either stops it. Add a third.");
        }

        string[] versions = [.. status.Members.Select(member => member.Version).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        if (versions.Length > 1)
        {
            yield return new("versions_differ", ConcernSeverity.Warning, $"The nodes run different versions ({string.Join(", ", versions)}): finish the upgrade.");
        }
    }

    private static Concern About(MemberStatus member, string code, ConcernSeverity severity, string text) => new(code, severity, text) { Node = member.Id ?? Guid.Empty };
}
