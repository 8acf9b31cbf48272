using SkyTree.Core.Replication;

namespace SkyTree.Core.Admin.Audit;

/// <summary>What was changed, by whom: the same on every node, kept with the state.</summary>
public sealed class AuditLog
{
    private readonly BrokerState _state;

    internal AuditLog(BrokerState state) => _state = state;

    /// <summary>Entries that fit, latest first.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="query">Which.</param>
    /// <param name="after">Where the page before ended, as it said; null: the first page.</param>
    /// <param name="limit">Entries at most, 1 to 1,000.</param>
    /// <exception cref="AdminException">The caller may not see it, or the cursor or the limit makes no sense.</exception>
    public Page<AuditEntry> List(Caller caller, AuditQuery query, string? after = null, int limit = 100)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(query);
        caller.Require(AdminArea.Audit, AdminAccess.Read);
        Paging.RequireLimit(limit);
        long before = Paging.DecodeNumber(after) ?? long.MaxValue;
        List<AuditEntry> items = [];
        foreach (AuditEntry entry in _state.Audit.Before(before))
        {
            if (entry.At < query.Since)
            {
                break; // time never goes back
            }

            if (!query.Fits(entry))
            {
                continue;
            }

            if (items.Count == limit)
            {
                return new Page<AuditEntry>(items, Paging.Encode(items[^1].Number));
            }

            items.Add(entry);
        }

        return new Page<AuditEntry>(items, null);
    }
}
