using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Administration;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.AspNetCore.Health;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>This node's configuration, health and backups.</summary>
internal static class SystemRoutes
{
    public static void MapSystem(this RouteGroupBuilder api)
    {
        api.MapGet("/config", ListConfig).WithTags("System").Needs(AdminArea.Config, AdminAccess.Read)
            .Documented("listConfig", "This node's configuration as it holds, with the source of each value", "prefix: keys that begin so, such as SkyTree:Mqtt. changeable: those that PATCH takes, or the others. Secrets are not shown. change says when a change counts: restart, now or newConnections.");
        api.MapPatch("/config", ChangeConfigAsync).Versioned().WithTags("System").Needs(AdminArea.Config, AdminAccess.Write)
            .Documented(
                "changeConfig",
                "Changes values of this node while it runs",
                "Values that GET says can be, and Logging:LogLevel: with a category of the log behind it. All of them, or none. They count more than file, environment and arguments, also after a start; "
                + "null undoes a change. With If-Match only if nobody has changed any since. Answers all that can be changed.");
        api.MapGet("/health", GetHealthAsync).WithTags("System").Needs(AdminArea.Stats, AdminAccess.Read)
            .Documented("getHealth", "How this node is, with the reasons", "/health/live, /health/ready and /health/startup say yes or no to anybody.");
        api.MapGet("/backup", DownloadBackupAsync).WithTags("System").Needs(AdminArea.Backup, AdminAccess.Read)
            .Produces(StatusCodes.Status200OK, contentType: "application/octet-stream")
            .Documented("downloadBackup", "A backup of everything, as one file", "Consistent to one offset, made while the broker serves. A file that was cut off is found out when it is restored.");
        api.MapGet("/restore", GetRestore).WithTags("System").Needs(AdminArea.Backup, AdminAccess.Read)
            .Documented("getRestore", "The backup that is staged for the next start");
        api.MapPost("/restore", StageRestoreAsync).WithTags("System").Needs(AdminArea.Backup, AdminAccess.Write).BodyUpTo(long.MaxValue)
            .Accepts<Stream>("application/octet-stream")
            .Documented(
                "stageRestore",
                "Stages a backup, which takes the place of everything at the next start",
                "The file is checked as a restore checks it, before the answer. Until the next start nothing changes; then sessions, messages, users, accounts and keys are those of the backup. "
                + "What was there before is kept in the data folder's restore/previous. Not on a node of a cluster, and not where messages are in another database.");
        api.MapDelete("/restore", CancelRestoreAsync).WithTags("System").Needs(AdminArea.Backup, AdminAccess.Write)
            .Documented("cancelRestore", "Forgets the backup that is staged");
    }

    private static Ok<ConfigAnswer> ListConfig(HttpContext context, ConfigView config, ConfigChanges changes, string? prefix = null, bool? changeable = null)
    {
        long version = changes.Version; // read first: what is changed meanwhile is not held for seen
        ConfigAnswer answer = new(config.List(context.Caller(), prefix, changeable));
        context.SetVersion(version);
        return TypedResults.Ok(answer);
    }

    private static async Task<Ok<ConfigAnswer>> ChangeConfigAsync(HttpContext context, ConfigView config, ConfigChanges changes, ChangeConfigRequest request)
    {
        await changes.ChangeAsync(context.Caller(), request.Values, context.ExpectedVersion());
        return ListConfig(context, config, changes, changeable: true);
    }

    private static async Task<Ok<HealthAnswer>> GetHealthAsync(HttpContext context, HealthReport health, CancellationToken cancellationToken)
    {
        context.Caller().Require(AdminArea.Stats, AdminAccess.Read);
        return TypedResults.Ok(await health.AskAsync(null, cancellationToken));
    }

    private static Ok<RestoreAnswer> GetRestore(HttpContext context, RestoreUpload restore) => TypedResults.Ok(new RestoreAnswer(restore.Get(context.Caller())));

    private static async Task<Accepted<RestoreAnswer>> StageRestoreAsync(HttpContext context, RestoreUpload restore, CancellationToken cancellationToken) =>
        TypedResults.Accepted("/api/v1/restore", new RestoreAnswer(await restore.StageAsync(context.Caller(), context.Request.Body, context.Request.ContentLength, cancellationToken)));

    private static async Task<NoContent> CancelRestoreAsync(HttpContext context, RestoreUpload restore)
    {
        await restore.CancelAsync(context.Caller());
        return TypedResults.NoContent();
    }

    private static async Task DownloadBackupAsync(HttpContext context, BackupDownload backup, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        await backup.BeginAsync(context.Caller());
        context.Response.ContentType = "application/octet-stream";
        context.Response.Headers.ContentDisposition = $"attachment; filename={backup.FileName}";
        try
        {
            await backup.WriteAsync(context.Response.Body, cancellationToken);
        }
        catch (IOException exception) when (!context.Response.HasStarted)
        {
            context.Response.Headers.ContentDisposition = default;
            throw new AdminException(AdminError.Conflict, "backup_refused", exception.Message, exception);
        }
        catch (IOException exception)
        {
            Log.BackupFailed(loggers.CreateLogger("SkyTree.Api"), context.Caller().Name, exception.Message);
            context.Abort();
        }
    }
}

/// <summary>A node's configuration.</summary>
/// <param name="Items">By key.</param>
internal sealed record ConfigAnswer(IReadOnlyList<ConfigValue> Items);

/// <summary>What happens at the next start.</summary>
/// <param name="Staged">The backup that takes the place of everything; null: none does.</param>
internal sealed record RestoreAnswer(RestoreNote? Staged);

/// <summary>Values that are to be changed.</summary>
/// <param name="Values">By key; null: as it is configured elsewhere.</param>
internal sealed record ChangeConfigRequest(IReadOnlyDictionary<string, string?> Values);
