namespace SkyTree.Core.Sessions.Limits;

/// <summary>Which messages a session gets, if that follows from its filters alone; sessions with the same share a gauge.</summary>
/// <param name="Version">The session's subscriptions of which it was made.</param>
/// <param name="IsShared">Whether it follows from the filters alone.</param>
/// <param name="Text">The filters as one text.</param>
/// <param name="Filters">The filters.</param>
/// <param name="First">Some of them hold for messages above this offset.</param>
/// <param name="Last">All of them hold for messages above this offset.</param>
internal sealed record GaugeKey(int Version, bool IsShared, string Text, string[] Filters, long First, long Last);
