namespace SkyTree.Crash.Tests.Wire;

/// <summary>A Will as CONNECT carries it. Before 5.0 the delay is not sent.</summary>
internal sealed record Will(string Topic, string Payload, int QoS, uint DelaySeconds);
