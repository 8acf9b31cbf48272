using SkyTree.Core.Registry;

namespace SkyTree.Core.Admin.Bridges;

/// <summary>Bridges to other brokers: how they are, and pausing them. They are configured; one node of a cluster runs them.</summary>
public sealed class BridgeAdmin
{
    private const string PathKey = "bridges.path";

    private readonly AdminParts _parts;
    private readonly RegistryWriter _registry;
    private volatile Func<IReadOnlyList<BridgeItem>>? _source;

    internal BridgeAdmin(AdminParts parts, RegistryWriter registry)
    {
        _parts = parts;
        _registry = registry;
        parts.Nodes.Answer<ListQuestion, IReadOnlyList<BridgeItem>>("bridges.list", (_, _) => new(ListHere()));
    }

    /// <summary>All bridges by name, each as the node has it that runs it.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not.</exception>
    public async Task<BridgeList> ListAsync(Caller caller, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Bridges, AdminAccess.Read);
        (IReadOnlyList<(Guid Node, IReadOnlyList<BridgeItem> Answer)> answers, IReadOnlyList<Guid> away) =
            await _parts.Nodes.AskOthersAsync<ListQuestion, IReadOnlyList<BridgeItem>>("bridges.list", new ListQuestion(), cancellationToken).ConfigureAwait(false);
        return new BridgeList(
        [
            .. ListHere().Concat(answers.SelectMany(answer => answer.Answer))
                .GroupBy(bridge => bridge.Name, StringComparer.OrdinalIgnoreCase)
                .Select(same => same.MinBy(bridge => (bridge.State == BridgeState.Standby, -bridge.Since.Ticks))!)
                .OrderBy(bridge => bridge.Name, StringComparer.OrdinalIgnoreCase),
        ])
        {
            Unavailable = away,
        };
    }

    /// <summary>One bridge.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="name">Its name; capitals do not matter.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or there is none.</exception>
    public async Task<BridgeItem> GetAsync(Caller caller, string name, CancellationToken cancellationToken = default) =>
        (await ListAsync(caller, cancellationToken).ConfigureAwait(false)).Items.FirstOrDefault(bridge => Is(bridge, name)) ?? throw NotFound(name);

    /// <summary>Pauses a bridge, on whichever node runs it and until it is resumed: what is to be sent waits in the log.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="name">Its name; capitals do not matter.</param>
    /// <exception cref="AdminException">The caller may not, there is none, or this node is cut off from its cluster.</exception>
    public Task PauseAsync(Caller caller, string name) => SetAsync(caller, name, paused: true);

    /// <summary>Has a paused bridge go on.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="name">Its name; capitals do not matter.</param>
    /// <exception cref="AdminException">As of <see cref="PauseAsync"/>.</exception>
    public Task ResumeAsync(Caller caller, string name) => SetAsync(caller, name, paused: false);

    /// <summary>Gets to know who runs this node's bridges.</summary>
    /// <param name="source">Tells how they are; quickly, and from any thread.</param>
    internal void Attach(Func<IReadOnlyList<BridgeItem>> source) => _source = source;

    /// <summary>This node's bridges, those on standby too.</summary>
    internal IReadOnlyList<BridgeItem> ListHere() =>
        [.. (_source?.Invoke() ?? []).Select(bridge => bridge with { Node = _parts.State.Node, Lag = bridge.Lag is null ? null : LagOf(bridge.ClientId) })];

    /// <summary>Whether somebody has paused a bridge.</summary>
    /// <param name="name">Its name.</param>
    internal bool IsPaused(string name) => _registry[RegistryCollection.Settings].TryGet(KeyOf(name), out _);

    /// <summary>What this broker, or its cluster as a whole, is called on messages that pass it: made once, at random, and kept.</summary>
    /// <exception cref="AdminException">It is not made yet, and cannot be now.</exception>
    internal async ValueTask<string> GetPathNameAsync()
    {
        while (true)
        {
            if (_registry[RegistryCollection.Settings].TryGet(PathKey, out RegistryEntry? entry))
            {
                return entry.Read(RegistryJson.Decode<PathName>).Name;
            }

            var made = new PathName(Guid.NewGuid().ToString("N")[..16]);
            RegistryOutcome outcome = await _registry.TryChangeAsync(
                [new RegistryChange(RegistryCollection.Settings, PathKey, RegistryJson.Encode(made)) { Expected = 0 }], note: null).ConfigureAwait(false);
            if (!outcome.Done && outcome.Failure is not (RegistryFailure.Exists or RegistryFailure.Changed))
            {
                throw RegistryWriter.Mistake(outcome.Failure, "setting", PathKey);
            }
        }
    }

    private async Task SetAsync(Caller caller, string name, bool paused)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Bridges, AdminAccess.Write);
        BridgeItem bridge = ListHere().FirstOrDefault(item => Is(item, name)) ?? throw NotFound(name);
        if (IsPaused(bridge.Name) != paused)
        {
            ReadOnlyMemory<byte>? content = paused ? RegistryJson.Encode(new Paused(caller.Name)) : default(ReadOnlyMemory<byte>?);
            await _registry.ChangeAsync(
                new RegistryChange(RegistryCollection.Settings, KeyOf(bridge.Name), content),
                new RegistryNote(caller, paused ? "bridges.pause" : "bridges.resume", bridge.Name),
                "bridge").ConfigureAwait(false);
        }
    }

    private long LagOf(string clientId) =>
        _parts.State.Sessions.Find(clientId) is { IsDurable: true } session ? Math.Max(0, _parts.State.LastOffset - session.Cursor) : 0;

    private static bool Is(BridgeItem bridge, string name) => string.Equals(bridge.Name, name, StringComparison.OrdinalIgnoreCase);

    private static string KeyOf(string name) => "bridges.paused." + name.ToLowerInvariant();

    private static AdminException NotFound(string name) => new(AdminError.NotFound, "bridge_not_found", $"There is no bridge '{name}'.");

    internal sealed record ListQuestion;

    private sealed record Paused(string By);

    private sealed record PathName(string Name);
}
