using System.Text;

namespace SkyTree.Core.Subscriptions;

/// <summary>Who gets a message to one topic, as of one version of the index. Immutable.</summary>
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

    public long Version { get; } = version;

    /// <summary>One for each session; overlapping ones are merged.</summary>
    public Subscription[] Subscriptions { get; } = subscriptions;

    public SharedGroup[] Groups { get; } = groups;

    public string Name => _name ??= Encoding.UTF8.GetString(Topic);

    public string? NameOrNull => _name;

    /// <summary>Whether a durable session or group may have to read a QoS 1 or 2 message from the log.</summary>
    public bool MayReadLog { get; } = Array.Exists(subscriptions, s => s.ReadsLog) || groups.Length > 0;

    public bool IsEmpty => Subscriptions.Length == 0 && Groups.Length == 0;
}
