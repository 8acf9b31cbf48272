using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Storage;
using SkyTree.Core.Messages.Migration;

namespace SkyTree.Web.Commands;

/// <summary>Moves messages from one store to another while no broker runs.</summary>
internal static class MigrateCommand
{
    public static async Task<string> RunAsync(SkyTreeOptions options, CancellationToken cancellationToken)
    {
        if (options.Store.MigrateFrom.Provider is not { } from)
        {
            throw new StartUpException(["migrate: say from which store: --from NAME"]);
        }

        CommandRunner.RequireState(options);
        StoreProvider to = options.Store.Provider;
        MigrationProgress done = await StoreMigrator.RunAsync(
            Storage.Create(options, NullLoggerFactory.Instance),
            new ConsoleProgress<MigrationProgress>(Describe),
            TimeProvider.System,
            NullLogger.Instance,
            cancellationToken);
        return string.Create(CultureInfo.InvariantCulture, $"{done.Total} messages moved from {from} to {to}; {from} is no longer needed");
    }

    private static string Describe(MigrationProgress progress, double seconds) => string.Create(
        CultureInfo.InvariantCulture, $"{progress.Done} of {progress.Total} messages, {progress.Done / seconds:F0} a second");
}
