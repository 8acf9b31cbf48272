using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace SkyTree.Store.EF.Databases;

/// <summary>Makes every SQLite connection flush its commits: the setting belongs to the connection, not to the file.</summary>
internal sealed class FlushEveryCommit : DbConnectionInterceptor
{
    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        using DbCommand command = connection.CreateCommand();
        command.CommandText = "PRAGMA synchronous = FULL";
        command.ExecuteNonQuery();
    }

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        ConnectionOpened(connection, eventData);
        return Task.CompletedTask;
    }
}
