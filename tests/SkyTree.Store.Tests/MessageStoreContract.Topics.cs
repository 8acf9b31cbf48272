using System.Text;
using SkyTree.Core.Messages;
using Xunit;

namespace SkyTree.Store.Tests;

public abstract partial class MessageStoreContract
{
    /// <summary>Topics that a database is tempted to fold, trim, cut or misread. All are legal MQTT topic names.</summary>
    private static readonly string[] UnusualTopics =
    [
        "a", "A", "a ", " a", "a  ", "á", "a\u0301", "ß", "ss", "SS", "ı", "I", "i", "İ", "\u00C5", "\u212B", "\uFB01", "fi",
        "/", "//", "/a", "a/", "a//b", "a/b", " ", "  ", "\t", "a\tb", "a\nb", "a\r\nb",
        "a'b", "a\"b", "a`b", "a\\b", "a%b", "a_b", "a%", "?", "@p0", ":p", "--", "/* */", "$SYS/x", "{0}",
        "0", "00", "1e3", "NULL", "\uFEFFa", "\uFFFD", "\uE000", "\uFFFF", "𝒜", "😀", "😀😁", "日本語", "\u200Ba", "a\u200B", "\U0010FFFF",
        new('x', 255), new('x', 256), new('x', 257), new string('x', 256) + "a", new string('x', 256) + "A", new('x', 3_073),
        new('x', 65_535), new string('x', 65_534) + "y", string.Concat(Enumerable.Repeat("😀", 16_383)) + "abc",
    ];

    [Fact]
    public async Task Every_topic_is_one_of_its_own()
    {
        Assert.All(UnusualTopics, t => Assert.InRange(Encoding.UTF8.GetByteCount(t), 1, 65_535));
        List<StoredMessage> all = [.. UnusualTopics.Select((topic, i) => Message(i + 1, topic, payload: $"{i}"))];
        await Store.AppendAsync(all);
        await Store.AppendAsync([.. all.Select(m => m with { Offset = m.Offset + 1_000 })]);

        foreach (StoredMessage message in all)
        {
            AssertSame([message, message with { Offset = message.Offset + 1_000 }], await Store.GetQueue(message.Topic).ReadByOffsetAsync(0, 10));
        }

        Assert.Equal(all.Select(m => m.Topic), (await ReadWholeLogAsync(Store)).Select(m => m.Topic).Take(all.Count));

        await Store.GetQueue("a").DeleteByOffsetAsync(long.MaxValue);
        Assert.Equal(2 * (all.Count - 1), (await ReadWholeLogAsync(Store)).Count);
        Assert.Equal(2, (await Store.GetQueue("A").GetSummaryAsync()).Count);
        Assert.Equal(2, (await Store.GetQueue("a ").GetSummaryAsync()).Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000)]
    public async Task Topics_are_listed_in_ordinal_order(int limit)
    {
        await Store.AppendAsync([.. UnusualTopics.Select((topic, i) => Message(i + 1, topic))]);

        Assert.Equal(UnusualTopics.Order(StringComparer.Ordinal), (await ListAllTopicsAsync(Store, limit)).Select(t => t.Topic));
    }

    [Fact]
    public async Task Topics_are_listed_after_one_that_need_not_exist()
    {
        await Store.AppendAsync([Message(1, "a"), Message(2, "c"), Message(3, "e")]);

        Assert.Equal(["c", "e"], (await Store.ListTopicsAsync(null, "b", 10)).Select(t => t.Topic));
        Assert.Equal(["e"], (await Store.ListTopicsAsync(null, "c", 10)).Select(t => t.Topic));
        Assert.Equal(["a", "c"], (await Store.ListTopicsAsync(null, "", 2)).Select(t => t.Topic));
        Assert.Empty(await Store.ListTopicsAsync(null, "e", 10));
    }

    [Fact]
    public async Task Topics_are_listed_with_what_they_hold()
    {
        await Store.AppendAsync(
        [
            Message(1, "a", payload: "12") with { Properties = new byte[3] }, Message(2, "b"), Message(3, "a", payload: "1234"),
        ]);

        Assert.Equal([new TopicSummary("a", 2, 9, 3), new TopicSummary("b", 1, 0, 2)], await Store.ListTopicsAsync(null, null, 10));
    }

    [Fact]
    public async Task Only_topics_that_the_filter_takes_are_listed_and_counted()
    {
        await Store.AppendAsync([.. Enumerable.Range(1, 3_000).Select(i => Message(i, $"t/{i:d4}"))]);

        Assert.Equal(["t/2900", "t/2901", "t/2902"], (await Store.ListTopicsAsync(t => string.CompareOrdinal(t, "t/2900") >= 0, null, 3)).Select(t => t.Topic));
        Assert.Equal(["t/3000"], (await Store.ListTopicsAsync(t => t.EndsWith("00", StringComparison.Ordinal), "t/2900", 3)).Select(t => t.Topic));
        Assert.Empty(await Store.ListTopicsAsync(_ => false, null, 3));
    }

    [Fact]
    public async Task Thousands_of_topics_that_begin_alike_are_listed_in_order()
    {
        string beginning = new('x', 300);
        string[] topics = [.. Enumerable.Range(0, 3_000).Select(i => $"{beginning}/{i * 7919 % 3_000:d4}"), "w", "y"];
        await Store.AppendAsync([.. topics.Select((topic, i) => Message(i + 1, topic))]);

        Assert.Equal(topics.Order(StringComparer.Ordinal), (await ListAllTopicsAsync(Store, limit: 700)).Select(t => t.Topic));
    }
}
