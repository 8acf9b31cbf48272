using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.AspNetCore.Administration;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Storage;
using SkyTree.Core;
using SkyTree.Core.Backup;
using SkyTree.Core.Messages;
using SkyTree.Core.Messages.Migration;
using SkyTree.Core.Replication;

namespace SkyTree.Web.Commands;

/// <summary>Writes a backup: through the broker that runs on the data folder, or without one.</summary>
internal static class BackupCommand
{
    public static async Task<string> RunAsync(string file, SkyTreeOptions options, CancellationToken cancellationToken)
    {
        CommandRunner.RequireState(options);
        ConsoleProgress<BackupProgress> progress = new(BackupText.Describe);
        using AdminClient? broker = await AdminClient.ConnectAsync(options.Data, cancellationToken);
        BackupManifest manifest = await BackupFile.WriteAsync(file, destination => broker is null
            ? WriteAsync(destination, options, progress, cancellationToken)
            : broker.BackupAsync(destination, progress, cancellationToken));
        return $"backup {file}: {BackupText.Describe(manifest)}";
    }

    private static async Task<BackupManifest> WriteAsync(Stream destination, SkyTreeOptions options, IProgress<BackupProgress> progress, CancellationToken cancellationToken)
    {
        BrokerStorage storage = Storage.Create(options, NullLoggerFactory.Instance);
        await using StateDatabase database = storage.Database;
        database.Open();
        await using MessageStore? external = storage.External;
        if (external is not null)
        {
            await external.OpenAsync(cancellationToken);
        }

        BackupSource source = new()
        {
            Database = database,
            External = external,
            StoreName = storage.Name,
            CreateDatabase = storage.CreateDatabase!,
            Folder = storage.Folder!,
            ProductVersion = ProductVersion.Text,
        };
        StoreCheck.Require(storage);
        return await BackupWriter.WriteAsync(source, destination, TimeProvider.System, progress, cancellationToken);
    }
}
