namespace SkyTree.Core.Listeners;

/// <summary>A place where clients connect: its name, what it speaks and what it allows.</summary>
/// <param name="Name">The name, unique in the process.</param>
/// <param name="Kind">What it speaks beneath MQTT.</param>
/// <param name="Limits">Its limits.</param>
public sealed record Listener(string Name, ListenerKind Kind, ListenerLimits Limits);
