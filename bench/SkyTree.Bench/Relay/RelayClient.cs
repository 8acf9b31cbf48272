using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using SkyTree.Bench.Mqtt;
using SkyTree.Bench.Transports;

namespace SkyTree.Bench.Relay;

/// <summary>A client of the relay: it subscribes to one filter or publishes on one topic.</summary>
internal sealed class RelayClient(Socket socket) : IDisposable
{
    private byte[] _carry = [];
    private string? _filter;
    private RelayClient[]? _targets;
    private bool _version5;

    public SocketTransport Transport { get; } = new(socket);

    public ReadOnlySpan<byte> Carry => _carry;

    public void Keep(ReadOnlySpan<byte> rest) => _carry = rest.Length == 0 ? [] : rest.ToArray();

    /// <summary>Answers what must be answered and forwards the messages of a block as they are; returns how much were whole packets.</summary>
    public unsafe int Consume(Span<byte> block, List<RelayClient> clients)
    {
        FrameReader reader = new(block);
        while (reader.Next())
        {
            switch (reader.First & 0xF0)
            {
                case 0x10:
                    _version5 = reader.Body[6] == (byte)ProtocolVersion.V5;
                    Send(_version5 ? [PacketType.ConnAck, 3, 0, 0, 0] : [PacketType.ConnAck, 2, 0, 0]);
                    break;
                case 0x80:
                    _filter = ReadString(reader.Body[(_version5 ? 3 : 2)..]);
                    Send(_version5 ? [PacketType.SubAck, 4, reader.Body[0], reader.Body[1], 0, 0] : [PacketType.SubAck, 3, reader.Body[0], reader.Body[1], 0]);
                    break;
                case PacketType.Publish:
                    _targets ??= FindTargets(ReadString(reader.Body), clients);
                    break;
                default:
                    throw new BenchException($"the relay takes QoS 0 alone, not packet 0x{reader.First:X2}");
            }
        }

        if (_targets is not null)
        {
            fixed (byte* bytes = block)
            {
                foreach (RelayClient target in _targets)
                {
                    target.Transport.Send(bytes, reader.Consumed);
                }
            }
        }

        return reader.Consumed;
    }

    public void Dispose() => Transport.Dispose();

    private static RelayClient[] FindTargets(string topic, List<RelayClient> clients) =>
        [.. clients.Where(client => client._filter is string filter &&
            (filter == topic || (filter.EndsWith('+') && topic.StartsWith(filter[..^1], StringComparison.Ordinal))))];

    private static string ReadString(ReadOnlySpan<byte> bytes) =>
        Encoding.UTF8.GetString(bytes.Slice(2, BinaryPrimitives.ReadUInt16BigEndian(bytes)));

    private unsafe void Send(ReadOnlySpan<byte> packet)
    {
        fixed (byte* bytes = packet)
        {
            Transport.Send(bytes, packet.Length);
        }
    }
}
