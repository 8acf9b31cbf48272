namespace SkyTree.Core.Sessions;

/// <summary>What is on its way to one session's client.</summary>
/// <param name="InFlight">QoS 1 and 2 messages that were sent and not acknowledged.</param>
/// <param name="Waiting">Messages that wait in memory.</param>
/// <param name="WaitingBytes">Their size.</param>
internal readonly record struct QueueDepth(int InFlight, int Waiting, long WaitingBytes);
