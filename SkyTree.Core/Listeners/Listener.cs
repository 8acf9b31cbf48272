using SkyTree.Core.Replication;

namespace SkyTree.Core.Listeners;

/// <summary>A place where clients connect: its name, what it speaks and what it allows.</summary>
/// <param name="Name">The name, unique in the process.</param>
/// <param name="Kind">What it speaks beneath MQTT.</param>
/// <param name="Limits">Its limits.</param>
internal sealed record Listener(string Name, ListenerKind Kind, ListenerLimits Limits)
{
    /// <summary>How safe what its clients publish must be before it is acknowledged; null: as the store's options say.</summary>
    public Durability? Durability { get; init; }
}
