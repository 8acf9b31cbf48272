using SkyTree.Core.Registry;
using SkyTree.Core.Security.Users;

namespace SkyTree.Core.Admin.Users;

/// <content>Many at a time.</content>
public sealed partial class DeviceUsers
{
    private const int BatchEntries = 200;
    private const int BatchBytes = 128 * 1024;
    private const int MaximumMistakes = 1000;

    /// <summary>
    /// Makes many users, or replaces those that are there; a part of them is there at a time. What is wrong with one does not keep
    /// out the others. Passwords in clear cost tens of milliseconds each. Who is connected as one that is replaced is sent away, unless
    /// its hash is the same as before.
    /// </summary>
    /// <param name="caller">Who does it.</param>
    /// <param name="users">The users.</param>
    /// <param name="keepConnections">Whether all who are connected stay so.</param>
    /// <param name="cancellationToken">Gives up; what has been imported stays.</param>
    /// <exception cref="AdminException">The caller may not, there are too many, or the cluster is away; what has been imported stays.</exception>
    public async ValueTask<UserImportResult> ImportAsync(Caller caller, IEnumerable<UserImport> users, bool keepConnections = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(users);
        caller.Require(AdminArea.Users, AdminAccess.Write);
        List<UserImportMistake> mistakes = [];
        List<RegistryChange> batch = [];
        long bytes = 0;
        int place = 0;
        int imported = 0;
        foreach (UserImport user in users)
        {
            cancellationToken.ThrowIfCancellationRequested();
            place++;
            try
            {
                RequireNotConfigured(user.Name);
                UserContent content = await MakeAsync(user).ConfigureAwait(false);
                if (_registry[Collection].TryGet(user.Name!, out RegistryEntry? entry)
                    && UserContent.Of(entry) is var before && (keepConnections || (content.Password is not null && content.Password == before.Password)))
                {
                    content = content with { Generation = before.Generation };
                }

                RegistryChange change = Set(user.Name!, content, expected: null);
                batch.Add(change);
                bytes += change.Key.Length + change.Content!.Value.Length;
            }
            catch (AdminException mistake) when (mistake.Error is AdminError.Invalid or AdminError.Conflict)
            {
                if (mistakes.Count < MaximumMistakes)
                {
                    mistakes.Add(new UserImportMistake(place, user.Name ?? "", mistake.Message));
                }
            }

            if (batch.Count >= BatchEntries || bytes >= BatchBytes)
            {
                await WriteAsync().ConfigureAwait(false);
            }
        }

        await WriteAsync().ConfigureAwait(false);
        return new UserImportResult(imported, mistakes);

        async ValueTask WriteAsync()
        {
            if (batch.Count == 0)
            {
                return;
            }

            string after = RegistryJson.Text(new { Users = batch.Count, First = batch[0].Key, Last = batch[^1].Key });
            RegistryOutcome outcome = await _registry.TryChangeAsync([.. batch], new RegistryNote(caller, "users.import", batch[0].Key, After: after)).ConfigureAwait(false);
            if (!outcome.Done)
            {
                throw RegistryWriter.Mistake(outcome.Failure, What, outcome.Index >= 0 ? batch[outcome.Index].Key : "");
            }

            imported += batch.Count;
            batch.Clear();
            bytes = 0;
        }
    }

    /// <summary>All users that people have made, with the hashes of their passwords: as secret as those.</summary>
    /// <param name="caller">Who does it: one who may also change users.</param>
    /// <exception cref="AdminException">The caller may not.</exception>
    public async ValueTask<IEnumerable<UserImport>> ExportAsync(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Users, AdminAccess.Write);
        RegistrySnapshot all = _registry[Collection];
        await _registry.TryChangeAsync([], new RegistryNote(caller, "users.export", "", After: RegistryJson.Text(new { Users = all.Count }))).ConfigureAwait(false);
        return all.Entries.Select(entry =>
        {
            UserContent content = UserContent.Of(entry);
            return new UserImport(entry.Key, null, content.Password, content.Groups, content.IsDisabled);
        });
    }
}
