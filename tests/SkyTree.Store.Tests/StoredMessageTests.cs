using System.Text;
using SkyTree.Core.Messages;
using Xunit;

namespace SkyTree.Store.Tests;

public sealed class StoredMessageTests
{
    private static readonly StoredMessage Original = new() { Offset = 1, Topic = "a/b", TimestampMs = 1_000 };

    [Fact]
    public void A_message_equals_its_copy_after_one_of_them_was_written()
    {
        StoredMessage copy = Original with { };
        StoredMessageFormat.ToArray(copy);

        Assert.Equal(Original, copy);
        Assert.Equal(Original.GetHashCode(), copy.GetHashCode());
        Assert.NotEqual(Original, copy with { Topic = "a/c" });
    }

    [Fact]
    public void A_copy_with_another_topic_is_written_with_that_topic()
    {
        StoredMessage message = Original with { };
        StoredMessageFormat.ToArray(message);
        StoredMessage other = message with { Topic = "c" };

        byte[] record = StoredMessageFormat.ToArray(other);

        Assert.Equal("c", Encoding.UTF8.GetString(StoredMessageFormat.ReadTopic(1, record)));
        Assert.Equal("c", StoredMessageFormat.Read(1, record).Topic);
    }
}
