using SkyTree.Core;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Portal.Sessions;

/// <summary>Ends sessions that may have ended by themselves meanwhile.</summary>
internal static class SessionEnd
{
    /// <summary>Ends one; that it has ended already is as good.</summary>
    public static async Task EndAsync(Broker broker, Caller caller, string clientId, CancellationToken cancellationToken)
    {
        try
        {
            await broker.Admin.Sessions.DeleteAsync(caller, clientId, cancellationToken);
        }
        catch (AdminException exception) when (exception.Error == AdminError.NotFound)
        {
            // It ended while one was asked.
        }
    }
}
