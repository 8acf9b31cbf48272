using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace SkyTree.Core.Backup;

/// <summary>
/// The end of a backup: the SHA-256 of all bytes before it, as one more member of the gzip file, which tools that unpack
/// the archive pass over. One byte changed anywhere in the file is noticed before any of it is used.
/// </summary>
internal static class BackupTrailer
{
    private const string Label = "SkyTree backup sha256 ";
    private const int HexSize = 64;

    /// <summary>Its size in bytes.</summary>
    public static int Size => 10 + 5 + Label.Length + HexSize + 8;

    /// <summary>The trailer for what has a hash.</summary>
    public static byte[] Create(ReadOnlySpan<byte> sha256)
    {
        byte[] text = Encoding.ASCII.GetBytes(Label + Convert.ToHexStringLower(sha256));
        byte[] member = new byte[Size];
        ReadOnlySpan<byte> header = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]; // RFC 1952
        header.CopyTo(member);
        member[10] = 1; // the last block, not compressed: RFC 1951
        BinaryPrimitives.WriteUInt16LittleEndian(member.AsSpan(11), (ushort)text.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(member.AsSpan(13), (ushort)~text.Length);
        text.CopyTo(member, 15);
        BinaryPrimitives.WriteUInt32LittleEndian(member.AsSpan(15 + text.Length), Crc32.HashToUInt32(text));
        BinaryPrimitives.WriteInt32LittleEndian(member.AsSpan(19 + text.Length), text.Length);
        return member;
    }
}
