namespace SkyTree.Core.Protocol;

/// <summary>A packet's fixed header: enough to refuse it before its body is buffered.</summary>
internal readonly struct FrameHeader
{
    /// <summary>Creates a header.</summary>
    /// <param name="first">The first byte: packet type and flags.</param>
    /// <param name="headerLength">Bytes of the fixed header, 2 to 5.</param>
    /// <param name="bodyLength">The Remaining Length, 0 to 268,435,455.</param>
    public FrameHeader(byte first, int headerLength, int bodyLength)
    {
        First = first;
        HeaderLength = headerLength;
        BodyLength = bodyLength;
    }

    /// <summary>The first byte: packet type and flags.</summary>
    public byte First { get; }

    /// <summary>Bytes of the fixed header, 2 to 5.</summary>
    public int HeaderLength { get; }

    /// <summary>The Remaining Length: bytes after the fixed header.</summary>
    public int BodyLength { get; }

    /// <summary>The whole packet's length in bytes.</summary>
    public int TotalLength => HeaderLength + BodyLength;

    /// <summary>The packet type.</summary>
    public PacketType Type => (PacketType)(First >> 4);
}
