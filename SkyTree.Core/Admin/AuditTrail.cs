using SkyTree.Core.Admin.Audit;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Registry;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Admin;

/// <summary>The audit trail: kept with the state, and a line of the log.</summary>
internal sealed class AuditTrail(IReplicator replicator, AdminOptions options, BrokerLog log) : IAuditTrail
{
    public async ValueTask NoteAsync(Caller caller, string action, string target, string? before = null, string? after = null)
    {
        Log(caller, action, target);
        try
        {
            await replicator.ProposeAsync(new NoteAudit(AuditNote.Of(caller, action, target, before, after, options))).ConfigureAwait(false);
        }
        catch (ProposalAbandonedException exception)
        {
            throw new AdminException(AdminError.Unavailable, "not_serving", exception.Message);
        }
    }

    /// <summary>The line alone, for what is noted with the change itself.</summary>
    public void Log(Caller caller, string action, string target) => log.Audited(caller.Name, caller.Address ?? "this process", action, target);
}
