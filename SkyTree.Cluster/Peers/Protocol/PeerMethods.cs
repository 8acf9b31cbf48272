using System.Buffers;
using Grpc.Core;
using SkyTree.Cluster.Peers.Frames;

namespace SkyTree.Cluster.Peers.Protocol;

/// <summary>The gRPC methods between nodes. Their messages are plain bytes.</summary>
internal static class PeerMethods
{
    /// <summary>Bytes of a file that one call gives; a shorter piece is the last.</summary>
    public const int PieceBytes = 1024 * 1024;

    private const string Service = "skytree.Peers";

    /// <summary>Bytes in, bytes out, in rented arrays.</summary>
    private static readonly Marshaller<PooledBytes> _pooled = Marshallers.Create(WritePooled, ReadPooled);

    private static readonly Marshaller<PeerMessage> _message = Marshallers.Create(WriteMessage, ReadMessage);

    /// <summary>The ordered stream of frames from the caller. Answered with headers when it is accepted, and never to its end.</summary>
    public static Method<PooledBytes, PeerMessage> Frames { get; } = new(MethodType.ClientStreaming, Service, nameof(Frames), _pooled, _message);

    /// <summary>Asks whether the caller's stream is there.</summary>
    public static Method<PeerMessage, PeerMessage> Ping { get; } = new(MethodType.Unary, Service, nameof(Ping), _message, _message);

    /// <summary>A request to the handler.</summary>
    public static Method<PeerMessage, PeerMessage> Request { get; } = new(MethodType.Unary, Service, nameof(Request), _message, _message);

    /// <summary>
    /// A piece of a file. Pieces are asked for one by one, so a fetching node whose disk is slow holds nothing up but itself.
    /// </summary>
    public static Method<PeerMessage, PooledBytes> ReadFile { get; } = new(MethodType.Unary, Service, nameof(ReadFile), _message, _pooled);

    private static void WritePooled(PooledBytes value, SerializationContext context)
    {
        // With the length known it is written straight to where the library sends it from.
        context.SetPayloadLength(value.Length);
        context.GetBufferWriter().Write(value.Span);
        context.Complete();
        // The server has no other moment to give the array back; a second time does nothing.
        value.Dispose();
    }

    private static PooledBytes ReadPooled(DeserializationContext context)
    {
        PooledBytes value = PooledBytes.Rent(Math.Max(context.PayloadLength, 1));
        context.PayloadAsReadOnlySequence().CopyTo(value.Array);
        value.Length = context.PayloadLength;
        return value;
    }

    private static void WriteMessage(PeerMessage value, SerializationContext context)
    {
        context.SetPayloadLength(1 + value.Body.Length);
        IBufferWriter<byte> writer = context.GetBufferWriter();
        writer.Write([value.Kind]);
        writer.Write(value.Body.Span);
        context.Complete();
    }

    private static PeerMessage ReadMessage(DeserializationContext context)
    {
        byte[] bytes = context.PayloadAsNewBuffer();
        return bytes.Length > 0 ? new PeerMessage(bytes[0], bytes.AsMemory(1)) : PeerMessage.Empty;
    }
}
