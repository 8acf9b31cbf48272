using SkyTree.Core.Registry;

namespace SkyTree.Core.Admin.Accounts;

/// <summary>The keys that the portal's cookies are sealed with: the same on every node, so that a sign-in holds on all of them.</summary>
internal sealed class PortalKeys
{
    private readonly RegistryTable _table;
    private readonly RegistryWriter _writer;

    internal PortalKeys(RegistryTable table, RegistryWriter writer)
    {
        _table = table;
        _writer = writer;
    }

    /// <summary>All of them, as whoever added them wrote them.</summary>
    public IReadOnlyList<string> List() => [.. _table[RegistryCollection.PortalKeys].Entries.Select(entry => entry.Read(RegistryJson.Decode<PortalKey>).Text)];

    /// <summary>Adds one, or writes one anew.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">What it is.</param>
    /// <exception cref="AdminException">It was not added.</exception>
    public async ValueTask AddAsync(string name, string text)
    {
        RegistryOutcome outcome = await _writer.TryChangeAsync(
            [new RegistryChange(RegistryCollection.PortalKeys, name, RegistryJson.Encode(new PortalKey(text)))], note: null).ConfigureAwait(false);
        if (!outcome.Done)
        {
            throw RegistryWriter.Mistake(outcome.Failure, "portal_key", name);
        }
    }

    /// <summary>Has somebody told after each change, whichever node made it.</summary>
    /// <param name="changed">Must be quick, and neither throw nor block.</param>
    public void Watch(Action changed) => _table.Watch(RegistryCollection.PortalKeys, changed);

    private sealed record PortalKey(string Text);
}
