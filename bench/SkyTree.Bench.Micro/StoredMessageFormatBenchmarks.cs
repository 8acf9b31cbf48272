using BenchmarkDotNet.Attributes;
using SkyTree.Core.Messages;

namespace SkyTree.Bench.Micro;

/// <summary>Stored messages to records and back; each carries a checksum.</summary>
public class StoredMessageFormatBenchmarks
{
    private const long Offset = 12_345;

    private readonly StoredMessage _message = StoredMessages.At(Offset);
    private readonly byte[] _record = StoredMessageFormat.ToArray(StoredMessages.At(Offset));
    private readonly byte[] _buffer = new byte[1024];

    [Benchmark(Description = "write record, 256 B")]
    public int Write() => StoredMessageFormat.Write(_message, _buffer);

    [Benchmark(Description = "read record, 256 B")]
    public StoredMessage Read() => StoredMessageFormat.Read(Offset, _record);

    [Benchmark(Description = "read record's topic, 256 B")]
    public int ReadTopic() => StoredMessageFormat.ReadTopic(Offset, _record).Length;
}
