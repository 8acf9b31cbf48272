using System.Buffers.Binary;
using System.Numerics;
using Microsoft.Win32.SafeHandles;

namespace SkyTree.Store.RocksDb.WriteAhead;

/// <summary>Reads a file of RocksDB's write-ahead log and tells a torn end from damage.</summary>
/// <remarks>
/// The file consists of blocks of 32 KiB, each of records: CRC-32C over type and content, masked (4 bytes); length of the
/// content (2); type (1: 1 whole batch, 2 first, 3 middle, 4 last part of one); content. A block's last bytes are zero
/// when no header fits. What an interrupted write leaves is a beginning of what was to be written, then the file's end, or
/// zeros where pages never reached the disk. A whole batch never ends in zeros: <see cref="RocksDbBatch"/> sees to that.
/// </remarks>
internal sealed class LogInspector : IDisposable
{
    /// <summary>Put at the end of every batch, so that zeros there are known for what they are.</summary>
    public static readonly byte[] EndMark = [0xE4, 0xD5, 0xE4, 0xD5, 0xE4, 0xD5, 0xE4, 0xD5];

    private const int BlockSize = 32 * 1024;
    private const int HeaderSize = 7;
    private const byte Whole = 1;
    private const byte First = 2;
    private const byte Middle = 3;
    private const byte Last = 4;

    private readonly SafeFileHandle _file;
    private readonly long _size;
    private readonly byte[] _buffer = new byte[BlockSize];
    private bool _withinBatch;
    private long _valid;

    public LogInspector(string path)
    {
        _file = File.OpenHandle(path, options: FileOptions.SequentialScan);
        _size = RandomAccess.GetLength(_file);
    }

    public LogInspection Run()
    {
        for (long start = 0; start < _size; start += BlockSize)
        {
            ReadOnlySpan<byte> block = ReadBlock(start);
            if (InspectBlock(start, block) is { } end)
            {
                return end;
            }
        }

        return _withinBatch ? new LogInspection(_valid, IsTorn: true, null) : new LogInspection(_size, IsTorn: false, null);
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Goes through a block's records; an answer if they end here.</summary>
    private LogInspection? InspectBlock(long start, ReadOnlySpan<byte> block)
    {
        int at = 0;
        while (at + HeaderSize <= block.Length)
        {
            ReadOnlySpan<byte> rest = block[at..];
            int length = BinaryPrimitives.ReadUInt16LittleEndian(rest[4..]);
            if (HeaderSize + length > rest.Length || !IsIntact(rest, length))
            {
                return Judge(start + at, rest, length, blockIsWhole: block.Length == BlockSize);
            }

            byte type = rest[6];
            if (type is not (Whole or First or Middle or Last) || _withinBatch != (type is Middle or Last))
            {
                return Damaged("a batch's parts are not in order");
            }

            at += HeaderSize + length;
            _withinBatch = type is First or Middle;
            if (!_withinBatch)
            {
                _valid = start + at;
            }
        }

        if (block.Length < BlockSize && at < block.Length)
        {
            return Torn(); // within a header
        }

        return block[at..].ContainsAnyExcept((byte)0) ? Damaged("a block does not end in zeros") : null;
    }

    /// <summary>Judges a record that is not intact: is it the beginning of one that was being written?</summary>
    private LogInspection Judge(long position, ReadOnlySpan<byte> rest, int length, bool blockIsWhole)
    {
        long zerosFrom = FindZerosAtEnd();
        if (zerosFrom <= position)
        {
            return Torn();
        }

        int end = HeaderSize + length;
        if (end <= rest.Length)
        {
            return zerosFrom <= position + end - EndMark.Length ? Torn() : Damaged("a record's checksum is wrong");
        }

        if (blockIsWhole)
        {
            // No record goes beyond its block, so the header is not what was written; unless its end never was.
            return zerosFrom < position + HeaderSize ? Torn() : Damaged("a record is longer than its block");
        }

        // The file ends within the record, as it does when a write was interrupted; or its length was damaged, and
        // with the right one its checksum is right.
        return IsIntactWithAnotherLength(rest, length) ? Damaged("a record's length is wrong") : Torn();
    }

    private static bool IsIntactWithAnotherLength(ReadOnlySpan<byte> rest, int length)
    {
        if (IsIntact(rest, rest.Length - HeaderSize))
        {
            return true;
        }

        for (int bit = 0; bit < 16; bit++)
        {
            int other = length ^ (1 << bit);
            if (HeaderSize + other <= rest.Length && IsIntact(rest, other))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsIntact(ReadOnlySpan<byte> record, int length) =>
        BinaryPrimitives.ReadUInt32LittleEndian(record) == Checksum(record.Slice(6, 1 + length));

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        foreach (byte b in bytes)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
    }

    /// <summary>Where the zeros begin that the file ends in; its size if it does not.</summary>
    private long FindZerosAtEnd()
    {
        byte[] block = new byte[BlockSize];
        for (long start = (_size - 1) / BlockSize * BlockSize; start >= 0; start -= BlockSize)
        {
            int length = ReadInto(block, start);
            int last = block.AsSpan(0, length).LastIndexOfAnyExcept((byte)0);
            if (last >= 0)
            {
                return start + last + 1;
            }
        }

        return 0;
    }

    private ReadOnlySpan<byte> ReadBlock(long start) => _buffer.AsSpan(0, ReadInto(_buffer, start));

    private int ReadInto(byte[] buffer, long start)
    {
        int wanted = (int)Math.Min(BlockSize, _size - start);
        int length = 0;
        while (length < wanted && RandomAccess.Read(_file, buffer.AsSpan(length, wanted - length), start + length) is > 0 and int read)
        {
            length += read;
        }

        return length;
    }

    private LogInspection Torn() => new(_valid, IsTorn: true, null);

    private LogInspection Damaged(string what) => new(_valid, IsTorn: false, what);
}
