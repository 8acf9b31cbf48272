using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Attention;

namespace SkyTree.AspNetCore.Portal.Overview;

/// <summary>Where one goes for what needs attention.</summary>
public static class ConcernLinks
{
    /// <summary>The page; null: none says more, or who looks may not see it.</summary>
    /// <param name="concern">What needs attention.</param>
    /// <param name="caller">Who looks.</param>
    public static (string Address, string Text)? Of(Concern concern, Caller caller)
    {
        ArgumentNullException.ThrowIfNull(concern);
        ArgumentNullException.ThrowIfNull(caller);
        (string Address, string Text, AdminArea Area)? page = concern.Code switch
        {
            "no_leader" or "node_down" or "node_lagging" or "link_down" or "two_nodes" or "versions_differ" or "cut_off" or "draining" => ("cluster", "Nav.Cluster", AdminArea.Cluster),
            "certificate_expired" or "certificate_expires" or "certificate_unusable" or "disk_short" or "disk_low" or "backend_failing" => ("settings", "Nav.Settings", AdminArea.Config),
            "messages_lost" => ("drops", "Nav.Drops", AdminArea.Drops),
            _ => null,
        };
        return page is { } found && caller.May(found.Area, AdminAccess.Read) ? (found.Address, found.Text) : null;
    }
}
