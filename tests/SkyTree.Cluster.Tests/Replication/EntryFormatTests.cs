using SkyTree.Cluster.Replication;
using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;
using Xunit;

namespace SkyTree.Cluster.Tests.Replication;

public sealed class EntryFormatTests
{
    private static readonly ShardId s_other = new(7);

    [Fact]
    public void An_entry_says_its_shard_its_time_and_whether_the_disk_is_full()
    {
        var reader = new RecordReader(EntryFormat.Begin(new RecordWriter(), FormatLevel.Newest, s_other, 1234, full: true).Written);
        Assert.Equal((1234, true), EntryFormat.ReadHeader(ref reader, s_other));
        Assert.True(reader.IsAtEnd);
    }

    [Fact]
    public void An_entry_of_another_shard_is_refused()
    {
        byte[] entry = EntryFormat.Begin(new RecordWriter(), FormatLevel.Oldest, s_other, 1, full: false).Written.ToArray();
        Assert.Equal("A log entry of shard 7 is in the log of shard 0.", RefusalOf(entry));
    }

    [Theory]
    [InlineData(FormatLevel.Oldest - 1)]
    [InlineData(FormatLevel.Newest + 1)]
    public void An_entry_of_a_level_that_is_not_known_is_refused_and_the_reason_says_what_to_do(int level)
    {
        byte[] entry = EntryFormat.Begin(new RecordWriter(), level, ShardId.First, 1, full: false).Written.ToArray();
        Assert.Equal($"A log entry has format level {level}, and this release reads 1 to 2: another release has written it. Start this node with that one.", RefusalOf(entry));
    }

    private static string RefusalOf(byte[] entry) => Assert.Throws<InvalidDataException>(() =>
    {
        var reader = new RecordReader(entry);
        return EntryFormat.ReadHeader(ref reader, ShardId.First);
    }).Message;
}
