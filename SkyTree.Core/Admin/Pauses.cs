using SkyTree.Core.Registry;

namespace SkyTree.Core.Admin;

/// <summary>What people have paused of the broker's own work: kept in the replicated state, so it holds on every node and over restarts.</summary>
internal sealed class Pauses(RegistryWriter registry)
{
    private const string What = "pause";

    /// <summary>Whether something is paused.</summary>
    /// <param name="kind">What it is, such as <c>sinks</c>.</param>
    /// <param name="name">Its name.</param>
    public bool Contains(string kind, string name) => registry[RegistryCollection.Settings].TryGet(Key(kind, name), out _);

    /// <summary>Pauses something, or lets it go on.</summary>
    /// <param name="caller">Who asks; has been judged.</param>
    /// <param name="kind">What it is: the first part of the action in the audit log.</param>
    /// <param name="name">Its name.</param>
    /// <param name="paused">Whether it is paused from now on.</param>
    /// <exception cref="AdminException">It was not done.</exception>
    public async ValueTask SetAsync(Caller caller, string kind, string name, bool paused)
    {
        if (Contains(kind, name) == paused)
        {
            return;
        }

        ReadOnlyMemory<byte>? content = null; // an entry that is there says that it is paused
        if (paused)
        {
            content = RegistryJson.Encode(new Pause(caller.Name));
        }

        var change = new RegistryChange(RegistryCollection.Settings, Key(kind, name), content);
        RegistryOutcome outcome = await registry.TryChangeAsync([change], new RegistryNote(caller, paused ? $"{kind}.pause" : $"{kind}.resume", name)).ConfigureAwait(false);
        if (!outcome.Done && outcome.Failure != RegistryFailure.Missing)
        {
            throw RegistryWriter.Mistake(outcome.Failure, What, name);
        }
    }

    private static string Key(string kind, string name) => $"{kind}.paused:{name}";

    private sealed record Pause(string By);
}
