using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Core.Backup;
using SkyTree.Web.Configuration;
using SkyTree.Web.Storage;

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
            StateFolder = Storage.Storage.StateFolder,
            CreateDatabase = folder => Storage.Storage.CreateDatabase(folder, options, NullLoggerFactory.Instance),
            External = Storage.Storage.CreateExternal(options, NullLoggerFactory.Instance),
            StoreName = options.Store.Provider.ToString(),
        };
        BackupManifest manifest = await BackupRestorer.RestoreAsync(
            file, target, TimeProvider.System, NullLogger.Instance, new ConsoleProgress<BackupProgress>(BackupText.Describe), cancellationToken);
        return $"restored into {options.Data}, store {target.StoreName}: {BackupText.Describe(manifest)}";
    }
}
