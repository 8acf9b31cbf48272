using System.Collections.Concurrent;
using System.Globalization;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Security;

namespace SkyTree.Core.Admin.Attention;

/// <summary>What needs attention first: each node looks at itself, and at what the nodes are together who asks.</summary>
public sealed class AttentionAdmin
{
    private static readonly TimeSpan s_longestStep = TimeSpan.FromSeconds(30); // a step takes a quarter of a second
    private static readonly TimeSpan s_recent = TimeSpan.FromMinutes(5);

    private readonly AdminParts _parts;
    private readonly ConcurrentBag<Func<IEnumerable<Concern>>> _nodeSources = [];
    private readonly ConcurrentBag<Func<CancellationToken, Task<IReadOnlyList<Concern>>>> _clusterSources = [];

    internal AttentionAdmin(AdminParts parts)
    {
        _parts = parts;
        parts.Nodes.Answer<AttentionQuestion, IReadOnlyList<Concern>>("attention.here", (_, _) => new(LookHere()));
    }

    /// <summary>What needs attention on all nodes, the worst first.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One page; a node that does not answer is named, and the rest is shown.</returns>
    /// <exception cref="AdminException">The caller may not.</exception>
    public async Task<Page<Concern>> ListAsync(Caller caller, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Stats, AdminAccess.Read);
        Task<(IReadOnlyList<(Guid Node, IReadOnlyList<Concern> Answer)> Answers, IReadOnlyList<Guid> Unavailable)> others =
            _parts.Nodes.AskOthersAsync<AttentionQuestion, IReadOnlyList<Concern>>("attention.here", new AttentionQuestion(), cancellationToken);
        IReadOnlyList<Concern>[] together = await Task.WhenAll(_clusterSources.Select(source => source(cancellationToken))).ConfigureAwait(false);
        (IReadOnlyList<(Guid Node, IReadOnlyList<Concern> Answer)> answers, IReadOnlyList<Guid> away) = await others.ConfigureAwait(false);
        IEnumerable<Concern> all = together.SelectMany(concerns => concerns).Concat(LookHere()).Concat(answers.SelectMany(answer => answer.Answer));
        return new Page<Concern>(
            [.. all.OrderByDescending(concern => concern.Severity).ThenBy(concern => concern.Code, StringComparer.Ordinal).ThenBy(concern => concern.Node).ThenBy(concern => concern.Subject, StringComparer.Ordinal)],
            null)
        {
            Unavailable = away,
        };
    }

    /// <summary>Adds something that this node looks at in itself.</summary>
    /// <param name="look">Says what is wrong now; quick, since it is asked every few seconds.</param>
    public void AddNodeSource(Func<IEnumerable<Concern>> look) => _nodeSources.Add(look);

    /// <summary>Adds something that whoever is asked looks at in all nodes together.</summary>
    /// <param name="look">Says what is wrong now.</param>
    public void AddClusterSource(Func<CancellationToken, Task<IReadOnlyList<Concern>>> look) => _clusterSources.Add(look);

    private IReadOnlyList<Concern> LookHere() =>
        [.. Look().Concat(_nodeSources.SelectMany(source => source())).Select(concern => concern with { Node = _parts.State.Node })];

    private IEnumerable<Concern> Look()
    {
        BrokerHealth health = _parts.Broker.Health;
        if (!health.IsRunning)
        {
            yield break;
        }

        if (!health.IsServing)
        {
            yield return new("cut_off", ConcernSeverity.Critical, "The node is not in touch with the cluster, or has not caught up: it serves no durable sessions until it is back.");
        }

        if (health.IsDraining)
        {
            yield return new("draining", ConcernSeverity.Warning, "The node sends its clients to other nodes and refuses new ones until the drain is ended.");
        }

        if (health.SinceLastStep > s_longestStep)
        {
            yield return new("clock_stuck", ConcernSeverity.Critical, Text($"Keep-alives and expiries have not been looked at for {health.SinceLastStep.TotalSeconds:F0} seconds: the process is out of breath. Start it anew if that stays."));
        }

        foreach (Concern concern in LookAtStores(health))
        {
            yield return concern;
        }

        long lost = _parts.Context.Drops[DropReason.NotFound];
        if (lost > 0)
        {
            yield return new("messages_lost", ConcernSeverity.Critical, Text($"{lost:N0} messages were no longer in the store though they should have been. A database that was restored from a copy lacks what came after it."));
        }

        foreach (BackendFailure failure in _parts.Services.Authentication.FailuresSince(_parts.Context.Time.GetUtcNow() - s_recent))
        {
            yield return new("backend_failing", ConcernSeverity.Critical, Text($"{failure.Backend} could not say whether a client may connect, last at {failure.At.UtcDateTime:HH:mm:ss} UTC: such clients are kept out. The log has the reason."))
            {
                Subject = failure.Backend,
            };
        }
    }

    private IEnumerable<Concern> LookAtStores(BrokerHealth health)
    {
        if (health.DatabaseError is { } error)
        {
            yield return new("database_failing", ConcernSeverity.Critical, $"The node's database cannot be read: {error}");
        }

        int reserve = _parts.Context.StoreOptions.FreeSpaceReserveMegabytes;
        if (health.IsDiskShort)
        {
            yield return new("disk_short", ConcernSeverity.Critical, Text($"The disk has less free than its reserve of {reserve:N0} MiB: messages that would have to be stored are refused (0x97). Make room, or let retention keep less."));
        }
        else if (_parts.Broker.FreeDiskBytes is { } free && IsLow(free, _parts.Broker.DiskBytes, reserve))
        {
            yield return new("disk_low", ConcernSeverity.Warning, Text($"{free / (1024.0 * 1024 * 1024):F1} GiB of the disk are free; below {reserve:N0} MiB messages that would have to be stored are refused."));
        }

        if (health is { IsFull: true, IsDiskShort: false, DatabaseError: null })
        {
            yield return new("store_full", ConcernSeverity.Critical, "Nothing more can be stored: memory or the outbox is full, or the database cannot be written. Publishers get 0x97.");
        }

        if (health.ExternalStoreError is { } reason)
        {
            yield return new("external_store_failing", ConcernSeverity.Critical, $"The external store takes no messages; they wait, safely, in the outbox: {reason}");
        }

        if (_parts.Broker.OutboxFill is { } fill and > 0.5)
        {
            yield return new("outbox_filling", ConcernSeverity.Warning, Text($"The outbox is {fill:P0} full: the external store is slower than what is published, or away. When it is full, publishers get 0x97."));
        }
    }

    // A twentieth of the disk, but no more than a day of a busy broker.
    private static bool IsLow(long free, long total, int reserveMegabytes) =>
        free < Math.Max(2L * reserveMegabytes * 1024 * 1024, Math.Min(total / 20, 10L * 1024 * 1024 * 1024));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    internal sealed record AttentionQuestion;
}
