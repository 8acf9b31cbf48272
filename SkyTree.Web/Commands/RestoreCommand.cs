using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Storage;
using SkyTree.Core.Backup;

namespace SkyTree.Web.Commands;

/// <summary>Puts a backup into a new data folder and into a store.</summary>
internal static class RestoreCommand
{
    public static async Task<string> RunAsync(string file, SkyTreeOptions options, CancellationToken cancellationToken)
    {
        if (options.Store.Provider == StoreProvider.Memory)
        {
            throw new StartUpException(["SkyTree:Store:Provider: what is in Memory is gone with the process; restore into another store"]);
        }

        RestoreTarget target = new()
        {
            Folder = Path.GetFullPath(options.Data),
            StateFolder = Storage.StateFolder,
            CreateDatabase = folder => Storage.CreateDatabase(folder, options, NullLoggerFactory.Instance),
            External = Storage.CreateExternal(options, NullLoggerFactory.Instance),
            StoreName = options.Store.Provider.ToString(),
        };
        BackupManifest manifest = await BackupRestorer.RestoreAsync(
            file, target, TimeProvider.System, NullLogger.Instance, new ConsoleProgress<BackupProgress>(BackupText.Describe), cancellationToken);
        return $"restored into {options.Data}, store {target.StoreName}: {BackupText.Describe(manifest)}";
    }
}
