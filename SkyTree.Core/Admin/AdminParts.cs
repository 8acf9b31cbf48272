using SkyTree.Core.Admin.Nodes;
using SkyTree.Core.Connections;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Core.Security;
using SkyTree.Core.Sessions;

namespace SkyTree.Core.Admin;

/// <summary>The parts of a broker that administration looks at and acts on.</summary>
internal sealed record AdminParts(
    Broker Broker,
    BrokerState State,
    IReplicator Replicator,
    MessageStore Store,
    MessageRouter Router,
    SessionContext Context,
    ConnectionTable Connections,
    ConnectionServices Services,
    IAuditTrail Audit)
{
    /// <summary>What authenticators, the authorizer and administration share.</summary>
    public required BrokerSecurity Security { get; init; }
    /// <summary>The way to what only other nodes know.</summary>
    public NodeQueries Nodes { get; } = new(State.Node);

    /// <summary>Proposes a command, and does not wait for a cluster that cannot take it.</summary>
    /// <exception cref="AdminException">This node is cut off from its cluster.</exception>
    public async ValueTask<TResult> ProposeAsync<TResult>(Command<TResult> command)
    {
        RequireServing();
        try
        {
            return await Replicator.ProposeAsync(command).ConfigureAwait(false);
        }
        catch (ProposalAbandonedException exception)
        {
            throw new AdminException(AdminError.Unavailable, "outcome_unknown", "The cluster has gone on without this node; look whether it was done.", exception);
        }
    }

    /// <summary>Returns if the state can be changed.</summary>
    /// <exception cref="AdminException">This node is cut off from its cluster.</exception>
    public void RequireServing()
    {
        if (!Replicator.IsServing)
        {
            throw new AdminException(AdminError.Unavailable, "not_serving", "This node is not in touch with its cluster; nothing was done.");
        }
    }
}
