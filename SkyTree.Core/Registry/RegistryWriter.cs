using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Audit;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Registry;

/// <summary>Proposes changes of the registry, each with its note for the audit log.</summary>
internal sealed class RegistryWriter(RegistryTable table, IReplicator replicator, AdminOptions options, AuditTrail trail)
{
    private const int Attempts = 16;

    public RegistrySnapshot this[RegistryCollection collection] => table[collection];

    /// <summary>Makes a change, all of it or nothing. The outcome is the caller's to judge.</summary>
    /// <param name="changes">What changes.</param>
    /// <param name="note">Who does what; null: it is not worth a note.</param>
    /// <param name="conditions">What must hold besides.</param>
    /// <exception cref="AdminException">Nobody can say now whether it was done: <see cref="AdminError.Unavailable"/>.</exception>
    public async ValueTask<RegistryOutcome> TryChangeAsync(
        IReadOnlyList<RegistryChange> changes, RegistryNote? note, IReadOnlyList<RegistryCondition>? conditions = null)
    {
        if (!replicator.IsServing)
        {
            throw new AdminException(AdminError.Unavailable, "not_serving", "This node is not in touch with its cluster; nothing was changed. Try another node.");
        }

        RegistryOutcome outcome;
        try
        {
            outcome = await replicator.ProposeAsync(new ChangeRegistry(changes)
            {
                Conditions = conditions ?? [],
                Note = note is { } n ? AuditNote.Of(n.Caller, n.Action, n.Target, n.Before, n.After, options) : null,
            }).ConfigureAwait(false);
        }
        catch (ProposalAbandonedException)
        {
            throw new AdminException(AdminError.Unavailable, "outcome_unknown", "This node lost touch with its cluster meanwhile: look whether it was changed before you try again.");
        }

        if (outcome.Done && note is { } done)
        {
            trail.Log(done.Caller, done.Action, done.Target);
        }

        return outcome;
    }

    /// <summary>Makes a change of one entry.</summary>
    /// <param name="change">The change.</param>
    /// <param name="note">Who does what.</param>
    /// <param name="what">What an entry is called in the codes of mistakes, such as <c>user</c>.</param>
    /// <returns>The entry's version.</returns>
    /// <exception cref="AdminException">It was not made.</exception>
    public async ValueTask<long> ChangeAsync(RegistryChange change, RegistryNote note, string what)
    {
        RegistryOutcome outcome = await TryChangeAsync([change], note).ConfigureAwait(false);
        return outcome.Done ? outcome.Version : throw Mistake(outcome.Failure, what, change.Key);
    }

    /// <summary>
    /// Makes a change that depends on a collection as a whole: it is made out of what the collection is, and again if somebody
    /// else changed it meanwhile.
    /// </summary>
    /// <param name="collection">The collection.</param>
    /// <param name="what">What an entry is called in the codes of mistakes.</param>
    /// <param name="target">Which entry it is about.</param>
    /// <param name="make">Makes the changes and their note, or throws what is wrong.</param>
    /// <returns>The version.</returns>
    public async ValueTask<long> ChangeWholeAsync(
        RegistryCollection collection, string what, string target, Func<RegistrySnapshot, (IReadOnlyList<RegistryChange> Changes, RegistryNote Note)> make)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            RegistrySnapshot now = table[collection];
            (IReadOnlyList<RegistryChange> changes, RegistryNote note) = make(now);
            RegistryOutcome outcome = await TryChangeAsync(changes, note, [new RegistryCondition(collection, now.Version)]).ConfigureAwait(false);
            if (outcome.Done)
            {
                return outcome.Version;
            }

            if (outcome.Failure != RegistryFailure.Changed || outcome.Index >= 0)
            {
                throw Mistake(outcome.Failure, what, target);
            }
        }

        throw new AdminException(AdminError.Conflict, "too_busy", "Others change the same things all the time; try again.");
    }

    public static AdminException Mistake(RegistryFailure failure, string what, string key) => failure switch
    {
        RegistryFailure.Exists => new(AdminError.Conflict, $"{what}_exists", $"'{key}' is there already."),
        RegistryFailure.Missing => NotFound(what, key),
        RegistryFailure.Changed => new(AdminError.VersionMismatch, "version_mismatch", $"'{key}' was changed meanwhile; look at it again."),
        RegistryFailure.Full => new(AdminError.LimitExceeded, "too_many", "There are as many as there may be."),
        _ => new(AdminError.Invalid, "too_long", $"'{(key.Length > 64 ? key[..64] : key)}' or what it says is longer than allowed."),
    };

    public static AdminException NotFound(string what, string key) => new(AdminError.NotFound, $"{what}_not_found", $"There is no '{key}'.");
}

/// <summary>Who does what, before and after.</summary>
internal readonly record struct RegistryNote(Caller Caller, string Action, string Target, string? Before = null, string? After = null);
