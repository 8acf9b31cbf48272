using System.Net;
using System.Security.Cryptography.X509Certificates;
using MQTTnet.Adapter;
using MQTTnet.Channel;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Tests.Protocol;

/// <summary>MQTTnet's codec, as the other opinion on what bytes mean.</summary>
internal static class MqttNetCodec
{
    /// <summary>Decodes one whole packet whose header is legal, or at least two bytes long; null when MQTTnet refuses it.</summary>
    public static MqttPacket? Decode(byte[] frame, ProtocolVersion version)
    {
        FrameReader.TryReadHeader(frame, version, out FrameHeader header, out _);
        int headerLength = header.HeaderLength == 0 ? 2 : header.HeaderLength;
        MqttPacketFormatterAdapter adapter = Adapter(version);
        var body = new ArraySegment<byte>(frame, headerLength, frame.Length - headerLength);
        var received = new ReceivedMqttPacket(frame[0], body, frame.Length);
        try
        {
            if (frame[0] >> 4 == (int)PacketType.Connect)
            {
                adapter.DetectProtocolVersion(received);
            }

            return adapter.Decode(received);
        }
        catch (Exception exception) when (exception is MqttProtocolViolationException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Receives one packet from a stream of bytes, header and all; null when MQTTnet refuses it or the bytes end.</summary>
    public static async Task<MqttPacket?> ReceiveAsync(byte[] bytes, ProtocolVersion version)
    {
        using var channel = new BytesChannel(bytes);
        using var adapter = new MqttChannelAdapter(channel, Adapter(version), MqttNetNullLogger.Instance);
        try
        {
            return await adapter.ReceivePacketAsync(CancellationToken.None);
        }
        catch (MqttCommunicationException)
        {
            return null;
        }
    }

    /// <summary>Encodes a packet; null when MQTTnet does not want to.</summary>
    public static byte[]? Encode(MqttPacket packet, ProtocolVersion version)
    {
        try
        {
            return Adapter(version).Encode(packet).ToArray();
        }
        catch (MqttProtocolViolationException)
        {
            return null;
        }
    }

    public static MqttPacketFormatterAdapter Adapter(ProtocolVersion version) =>
        new(
            version switch
            {
                ProtocolVersion.V31 => MqttProtocolVersion.V310,
                ProtocolVersion.V311 => MqttProtocolVersion.V311,
                _ => MqttProtocolVersion.V500,
            },
            new MqttBufferWriter(256, 65_535));

    private sealed class BytesChannel(byte[] bytes) : IMqttChannel
    {
        private int _position;

        public X509Certificate2? ClientCertificate => null;

        public EndPoint? RemoteEndPoint => null;

        public EndPoint? LocalEndPoint => null;

        public bool IsSecureConnection => false;

        public Task ConnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task DisconnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            int length = Math.Min(count, bytes.Length - _position);
            Array.Copy(bytes, _position, buffer, offset, length);
            _position += length;
            return Task.FromResult(length);
        }

        public Task WriteAsync(System.Buffers.ReadOnlySequence<byte> buffer, bool isEndOfPacket, CancellationToken cancellationToken) =>
            Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
