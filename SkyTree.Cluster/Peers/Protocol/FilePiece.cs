using System.Buffers.Binary;
using System.Text;

namespace SkyTree.Cluster.Peers.Protocol;

/// <summary>Which piece of which file is asked for.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Offset">Where the piece begins, in bytes.</param>
internal readonly record struct FilePiece(string Name, long Offset)
{
    public static FilePiece Read(PeerMessage message)
    {
        ReadOnlySpan<byte> body = message.Body.Span;
        return body.Length >= sizeof(long) && BinaryPrimitives.ReadInt64LittleEndian(body) is var offset and >= 0
            ? new FilePiece(Encoding.UTF8.GetString(body[sizeof(long)..]), offset)
            : throw new InvalidDataException("not a piece of a file");
    }

    public PeerMessage ToMessage()
    {
        byte[] body = new byte[sizeof(long) + Encoding.UTF8.GetByteCount(Name)];
        BinaryPrimitives.WriteInt64LittleEndian(body, Offset);
        Encoding.UTF8.GetBytes(Name, body.AsSpan(sizeof(long)));
        return new PeerMessage(0, body);
    }
}
