namespace SkyTree.Core.Connections;

/// <summary>What has gone one way over a connection.</summary>
/// <param name="Packets">MQTT packets.</param>
/// <param name="Messages">PUBLISH packets among them.</param>
/// <param name="Bytes">Bytes in packets.</param>
internal readonly record struct ConnectionTraffic(long Packets, long Messages, long Bytes);
