using System.Globalization;
using System.Text;
using SkyTree.Core.Connections;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Diagnostics.Tracing;

/// <summary>The recordings of this node. While none is on, a packet costs one look at <see cref="IsOn"/>.</summary>
internal sealed class PacketTraces(TimeProvider time)
{
    private readonly Lock _gate = new();
    private PacketTrace[] _all = []; // swapped whole, under _gate
    private volatile PacketTrace[] _on = []; // those that record; swapped whole, under _gate

    /// <summary>Whether packets are recorded.</summary>
    public bool IsOn => _on.Length > 0;

    /// <summary>All that are kept, those that have ended too.</summary>
    public IReadOnlyList<PacketTrace> All => Volatile.Read(ref _all);

    /// <summary>Begins a recording. False: there are as many as allowed.</summary>
    public bool TryAdd(PacketTrace trace, int maximum)
    {
        lock (_gate)
        {
            if (_all.Length >= maximum)
            {
                return false;
            }

            _all = [.. _all, trace];
            Review();
            return true;
        }
    }

    /// <summary>Forgets a recording. False: there is none.</summary>
    public bool Remove(Guid id)
    {
        lock (_gate)
        {
            int before = _all.Length;
            _all = [.. _all.Where(trace => trace.Id != id)];
            Review();
            return _all.Length < before;
        }
    }

    /// <summary>Finds out which still record. Called every second, and after a change.</summary>
    public void Review()
    {
        lock (_gate)
        {
            long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
            _on = [.. _all.Where(trace => trace.IsOn(nowMs))];
        }
    }

    /// <summary>A packet has come. Called only if packets are recorded.</summary>
    public void Received(Connection connection, ReadOnlySpan<byte> packet, int headerLength)
    {
        string? client = connection.ClientId;
        if (client is null && (PacketType)(packet[0] >> 4) == PacketType.Connect && ConnectPacket.TryParse(packet[headerLength..], out ConnectPacket? connect, out _, out _))
        {
            client = connect!.ClientId;
        }

        Record(connection, client, packet, fromServer: false, connection.TopicOf(packet, headerLength));
    }

    /// <summary>A packet is sent. Called only if packets are recorded.</summary>
    /// <param name="connection">To whom.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="topic">The topic of a PUBLISH; empty: it is none.</param>
    public void Sent(Connection connection, ReadOnlySpan<byte> packet, ReadOnlySpan<byte> topic) =>
        Record(connection, connection.ClientId, packet, fromServer: true, topic.IsEmpty ? null : Encoding.UTF8.GetString(topic));

    private void Record(Connection connection, string? client, ReadOnlySpan<byte> packet, bool fromServer, string? topic)
    {
        string? line = null;
        long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (PacketTrace trace in _on)
        {
            if (trace.IsOn(nowMs) && trace.Wants(client, connection.Address, topic))
            {
                line ??= string.Create(
                    CultureInfo.InvariantCulture,
                    $"{DateTimeOffset.FromUnixTimeMilliseconds(nowMs):yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {client ?? "?"} {connection.Address ?? "?"} {(fromServer ? "<-" : "->")} {PacketText.Describe(packet, connection.Version, fromServer, topic)}");
                trace.Add(nowMs, line);
            }
        }
    }
}
