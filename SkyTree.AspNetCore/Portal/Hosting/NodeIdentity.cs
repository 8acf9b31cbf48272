using System.Collections.Concurrent;
using SkyTree.AspNetCore.Configuration;
using SkyTree.Cluster;
using SkyTree.Cluster.Administration;
using SkyTree.Cluster.Raft;

namespace SkyTree.AspNetCore.Portal.Hosting;

/// <summary>Which node's pages these are, and what the others are called.</summary>
internal sealed class NodeIdentity(SkyTreeOptions options, IServiceProvider services)
{
    private readonly ClusterNode? _node = services.GetService<ClusterNode>();
    private readonly ConcurrentDictionary<Guid, string> _names = new(); // of nodes that were members since the process has started

    /// <summary>The node's name, for people.</summary>
    public string Name { get; } = options.Cluster.Enabled ? $"{options.Cluster.Address}:{options.Cluster.LogPort}" : Environment.MachineName;

    /// <summary>The cluster's name; null: it is alone.</summary>
    public string? Cluster { get; } = options.Cluster.Enabled ? options.Cluster.Name : null;

    /// <summary>The members whose identity is known, by name; none where the broker is alone.</summary>
    public IReadOnlyList<(Guid Id, string Name)> Members
    {
        get
        {
            List<(Guid Id, string Name)> members = [];
            foreach (RaftMember member in _node?.Members ?? [])
            {
                if (Guid.TryParse(member.NodeId, out Guid id))
                {
                    members.Add((id, _names[id] = member.EndPoint.ToAddress()));
                }
            }

            return [.. members.OrderBy(member => member.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>What a node is called: its address; the beginning of its identity where that is not known, a dash where the broker is one process.</summary>
    /// <param name="node">Its identity.</param>
    public string NameOf(Guid node)
    {
        if (node == Guid.Empty)
        {
            return "–";
        }

        return _names.TryGetValue(node, out string? known) ? known
            : Members.FirstOrDefault(member => member.Id == node).Name ?? node.ToString("N")[..8];
    }
}
