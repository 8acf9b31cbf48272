using SkyTree.AspNetCore.Configuration;
using SkyTree.Cluster.Administration;
using SkyTree.Core;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Administration;

/// <summary>What people do with the nodes: who may is judged here, and what was done is noted.</summary>
internal sealed class ClusterControl(Broker broker, SkyTreeOptions options, IServiceProvider services)
{
    private readonly ClusterAdmin? _cluster = services.GetService<ClusterAdmin>();

    /// <summary>The nodes; a broker that is alone is one.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not.</exception>
    public async Task<ClusterStatus> GetStatusAsync(Caller caller, CancellationToken cancellationToken)
    {
        caller.Require(AdminArea.Cluster, AdminAccess.Read);
        return _cluster is not null ? await _cluster.GetStatusAsync(cancellationToken) : new ClusterStatus
        {
            Cluster = options.Cluster.Name,
            Node = Guid.Empty,
            Leader = Guid.Empty,
            FormatLevel = broker.FormatLevel,
            NewestFormatLevel = Broker.NewestFormatLevel,
            Members =
            [
                new MemberStatus
                {
                    Id = Guid.Empty,
                    Address = Environment.MachineName,
                    Version = ProductVersion.Text,
                    FormatLevel = broker.AgreedFormatLevel,
                    IsThisNode = true,
                    IsLeader = true,
                    IsReachable = true,
                    IsServing = broker.IsServing,
                    IsDraining = broker.IsDraining,
                    Clients = broker.ConnectedCount,
                },
            ],
        };
    }

    /// <summary>Adds a node that was started to join.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="address">Its address and log port.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or the broker is alone.</exception>
    /// <exception cref="ClusterAdminException">It was not added.</exception>
    public async Task AddAsync(Caller caller, string address, CancellationToken cancellationToken)
    {
        await Require(caller).AddAsync(address, cancellationToken);
        await broker.Admin.Audit.NoteAsync(caller, "cluster.join", address);
    }

    /// <summary>Removes a node, dead or alive.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="member">Its address and log port, or its identity.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or the broker is alone.</exception>
    /// <exception cref="ClusterAdminException">It was not removed.</exception>
    public async Task RemoveAsync(Caller caller, string member, CancellationToken cancellationToken)
    {
        ClusterAdmin cluster = Require(caller);
        // Noted before: a node that removes itself notes nothing afterwards.
        await broker.Admin.Audit.NoteAsync(caller, "cluster.leave", member);
        await cluster.RemoveAsync(member, cancellationToken);
    }

    /// <summary>Lets another node lead.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The node that leads now.</returns>
    /// <exception cref="AdminException">The caller may not, or the broker is alone.</exception>
    /// <exception cref="ClusterAdminException">No other node came to lead.</exception>
    public async Task<Guid> LetAnotherLeadAsync(Caller caller, CancellationToken cancellationToken)
    {
        Guid leader = await Require(caller).LetAnotherLeadAsync(cancellationToken);
        await broker.Admin.Audit.NoteAsync(caller, "cluster.transfer-leadership", leader.ToString());
        return leader;
    }

    /// <summary>Sends this node's clients to the others. Returns when none is left.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="perSecond">Clients that are told to go each second; null: <see cref="ClusterAdmin.DefaultDrainRate"/>.</param>
    /// <param name="cancellationToken">Ends the telling.</param>
    /// <returns>How many were told.</returns>
    /// <exception cref="AdminException">The caller may not, or the broker is alone.</exception>
    /// <exception cref="ClusterAdminException">No other node could serve them.</exception>
    public async Task<int> DrainAsync(Caller caller, int? perSecond, CancellationToken cancellationToken)
    {
        ClusterAdmin cluster = Require(caller);
        await broker.Admin.Audit.NoteAsync(caller, "cluster.drain", options.Cluster.Address);
        return await cluster.DrainAsync(perSecond ?? ClusterAdmin.DefaultDrainRate, cancellationToken);
    }

    /// <summary>Clients are welcome again.</summary>
    /// <param name="caller">Who asks.</param>
    /// <exception cref="AdminException">The caller may not, or the broker is alone.</exception>
    public async Task EndDrainAsync(Caller caller)
    {
        Require(caller).EndDrain();
        await broker.Admin.Audit.NoteAsync(caller, "cluster.undrain", options.Cluster.Address);
    }

    /// <summary>Has a node send its clients to the others. Returns when that has begun; the status shows how far it is.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="member">Its address and log port, or its identity.</param>
    /// <param name="perSecond">Clients that are told to go each second; null: <see cref="ClusterAdmin.DefaultDrainRate"/>.</param>
    /// <param name="cancellationToken">Gives up asking.</param>
    /// <exception cref="AdminException">The caller may not, or the broker is alone.</exception>
    /// <exception cref="ClusterAdminException">The node does not answer, or no other could serve its clients.</exception>
    public async Task BeginDrainAsync(Caller caller, string member, int? perSecond, CancellationToken cancellationToken)
    {
        await Require(caller).BeginDrainAsync(member, perSecond ?? ClusterAdmin.DefaultDrainRate, cancellationToken);
        await broker.Admin.Audit.NoteAsync(caller, "cluster.drain", member);
    }

    /// <summary>Clients are welcome again at a node.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="member">Its address and log port, or its identity.</param>
    /// <param name="cancellationToken">Gives up asking.</param>
    /// <exception cref="AdminException">The caller may not, or the broker is alone.</exception>
    /// <exception cref="ClusterAdminException">The node does not answer.</exception>
    public async Task EndDrainAsync(Caller caller, string member, CancellationToken cancellationToken)
    {
        await Require(caller).EndDrainAsync(member, cancellationToken);
        await broker.Admin.Audit.NoteAsync(caller, "cluster.undrain", member);
    }

    private ClusterAdmin Require(Caller caller)
    {
        caller.Require(AdminArea.Cluster, AdminAccess.Write);
        return _cluster ?? throw new AdminException(AdminError.Conflict, "no_cluster", "This broker is no node of a cluster; SkyTree:Cluster:Enabled makes it one.");
    }
}
