namespace SkyTree.AspNetCore.Portal.Traffic.Client;

/// <summary>A message that the client in the browser has got; the whole of it is there.</summary>
/// <param name="Number">The how manieth it is.</param>
/// <param name="At">When it came, by the browser's clock, in Unix milliseconds.</param>
/// <param name="Topic">The topic, or the beginning of a long one.</param>
/// <param name="Preview">The beginning of the payload.</param>
/// <param name="Size">The payload's length.</param>
/// <param name="Qos">The QoS it was sent with.</param>
/// <param name="Retain">The RETAIN flag.</param>
/// <param name="Duplicate">The DUP flag.</param>
public sealed record ClientMessage(long Number, long At, string Topic, byte[] Preview, int Size, int Qos, bool Retain, bool Duplicate);
