using SkyTree.Cluster.Administration;

namespace SkyTree.AspNetCore.Portal.Nodes;

/// <summary>How far nodes are that send their clients away, measured by the most clients that a page has seen on each.</summary>
internal sealed class DrainProgress
{
    private readonly Dictionary<string, int> _most = new(StringComparer.Ordinal);

    /// <summary>Takes what the nodes have now. Of one that drains the clients at its beginning are remembered, if the page was there.</summary>
    /// <param name="members">The nodes.</param>
    public void See(IReadOnlyList<MemberStatus> members)
    {
        foreach (MemberStatus member in members)
        {
            int clients = member.Clients ?? 0;
            _most[member.Address] = member.IsDraining ? Math.Max(clients, AtMost(member)) : clients;
        }
    }

    /// <summary>Clients of a node when it began, or the most that were seen since.</summary>
    /// <param name="member">The node.</param>
    public int AtMost(MemberStatus member) => _most.GetValueOrDefault(member.Address);

    /// <summary>How much is done, 0 to 100.</summary>
    /// <param name="member">The node.</param>
    public double Progress(MemberStatus member) => AtMost(member) is var most && most == 0 ? 100 : 100.0 * (most - (member.Clients ?? 0)) / most;
}
