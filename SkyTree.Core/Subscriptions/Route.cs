using System.Text;

namespace SkyTree.Core.Subscriptions;

/// <summary>Who gets a message to one topic, as of one version of the index. Immutable, but for <see cref="Version"/>.</summary>
internal sealed class Route(
    byte[] topic,
    string? name,
    uint hash,
    long version,
    Subscription[] subscriptions,
    SharedGroup[] groups)
{
    private string? _name = name; // the same string, whoever writes it

    public byte[] Topic { get; } = topic;

    public uint Hash { get; } = hash;

    /// <summary>The index's version that it is known to be right for. Raised by whoever finds that later changes did not concern it.</summary>
    public long Version
    {
        get => Volatile.Read(ref version);
        set => Volatile.Write(ref version, value);
    }

    /// <summary>One for each session; overlapping ones are merged.</summary>
    public Subscription[] Subscriptions { get; } = subscriptions;

    public SharedGroup[] Groups { get; } = groups;

    public string Name => _name ??= Encoding.UTF8.GetString(Topic);

    public string? NameOrNull => _name;

    /// <summary>Whether a durable session or group may have to read a QoS 1 or 2 message from the log.</summary>
    public bool MayReadLog { get; } = Array.Exists(subscriptions, s => s.ReadsLog) || groups.Length > 0;

    /// <summary>Whether these subscriptions and groups, in the order in which the trie gives them, are what it holds unmerged.</summary>
    public bool HasExactly(List<object> matches)
    {
        if (matches.Count != Subscriptions.Length + Groups.Length)
        {
            return false;
        }

        int s = 0;
        int g = 0;
        foreach (object match in matches)
        {
            bool same = match is Subscription
                ? s < Subscriptions.Length && ReferenceEquals(Subscriptions[s++], match)
                : g < Groups.Length && ReferenceEquals(Groups[g++], match);
            if (!same)
            {
                return false;
            }
        }

        return true;
    }

    public bool IsEmpty => Subscriptions.Length == 0 && Groups.Length == 0;
}
