using System.Text;
using SkyTree.AspNetCore.Portal.Traffic;
using SkyTree.AspNetCore.Portal.Traffic.Client;
using SkyTree.AspNetCore.Portal.Traffic.Messages;
using SkyTree.AspNetCore.Portal.Traffic.Topics;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Topics;
using Xunit;

namespace SkyTree.Portal.Tests.Traffic;

public sealed class TrafficLogicTests
{
    [Theory]
    [InlineData("a\nb\nc", "a\nb\nc", " a| b| c")]
    [InlineData("a\nb\nc", "a\nx\nc", " a|-b|+x| c")]
    [InlineData("a\nb", "b\nc", "-a| b|+c")]
    [InlineData("", "x", "-|+x")]
    [InlineData("a\na\na", "a", " a|-a|-a")]
    public void A_difference_keeps_what_is_common(string left, string right, string expected) =>
        Assert.Equal(expected, string.Join('|', LineDifference.Of(left, right).Select(change => change.Kind + change.Text)));

    [Fact]
    public void A_difference_of_long_texts_gives_both_texts_back()
    {
        string left = string.Join('\n', Enumerable.Range(0, LineDifference.Most + 10));
        string right = string.Join('\n', Enumerable.Range(5, LineDifference.Most + 20));
        IReadOnlyList<LineChange> changes = LineDifference.Of(left, right);
        Assert.Equal(left, string.Join('\n', changes.Where(change => change.Kind != '+').Select(change => change.Text)));
        Assert.Equal(right, string.Join('\n', changes.Where(change => change.Kind != '-').Select(change => change.Text)));
    }

    [Fact]
    public void A_payload_is_previewed_on_one_line()
    {
        Assert.Equal("{ \"a\": 1 }", PayloadPreview.Of("{\n  \"a\": 1\n}"u8.ToArray()));
        Assert.Equal("00ff", PayloadPreview.Of(new byte[] { 0, 255 }));
        Assert.EndsWith("…", PayloadPreview.Of(Encoding.UTF8.GetBytes(new string('é', 500))), StringComparison.Ordinal);
        Assert.EndsWith("…", PayloadPreview.Of(new byte[100]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text", "é", new byte[] { 0xC3, 0xA9 })]
    [InlineData("hex", "00 FF:1-0", new byte[] { 0, 255, 16 })]
    [InlineData("base64", "AP8=", new byte[] { 0, 255 })]
    [InlineData("hex", "0", null)]
    [InlineData("base64", "?", null)]
    public void A_payload_is_read_as_it_is_typed(string way, string typed, byte[]? expected) => Assert.Equal(expected, PayloadInput.Read(way, typed));

    [Fact]
    public void A_search_means_one_topic_unless_there_is_a_wildcard()
    {
        MessageQuery topic = Search("a/b").ToQuery();
        Assert.Equal(("a/b", null), (topic.Topic, topic.Filter));
        MessageQuery filter = Search("a/+").ToQuery();
        Assert.Equal((null, "a/+"), (filter.Topic, filter.Filter));
        Assert.Equal(7, (Search(null) with { Offset = "7" }).ToQuery().ToOffset);
        Assert.Equal(7, (Search(null) with { Offset = "7", Order = "oldest" }).ToQuery().FromOffset);
        Assert.True(Search(null).IsEmpty);

        static MessageSearch Search(string? text) => new(text, null, null, null, null, null, null, null);
    }

    [Fact]
    public void User_properties_are_typed_a_line_each()
    {
        Dictionary<string, object>? pairs = ClientForm.Pairs("a: 1\n\nb: x:y\na: 2\nc");
        Assert.NotNull(pairs);
        Assert.Equal(["1", "2"], Assert.IsType<string[]>(pairs["a"]));
        Assert.Equal("x:y", pairs["b"]);
        Assert.Equal("", pairs["c"]);
        Assert.Null(ClientForm.Pairs(" "));
    }

    [Fact]
    public void Properties_are_for_MQTT_5_alone()
    {
        var form = new ClientForm { ContentType = "text/plain", SessionExpiry = "60" };
        Assert.True(form.ToPublish().ContainsKey("properties"));
        Assert.True(form.ToConnect().ContainsKey("properties"));
        form.Version = "4";
        Assert.False(form.ToPublish().ContainsKey("properties"));
        Assert.False(form.ToConnect().ContainsKey("properties"));
    }

    [Fact]
    public async Task The_tree_asks_for_what_is_unfolded_and_nothing_else()
    {
        List<string?> asked = [];
        var tree = new TopicBranches((parent, limit, _) =>
        {
            asked.Add(parent);
            string prefix = parent is null ? "" : parent + "/";
            TopicItem[] items = [.. Enumerable.Range(0, 500).Take(limit).Select(i => new TopicItem { Topic = $"{prefix}{i}", Level = $"{i}", ChildCount = 500 })];
            return Task.FromResult(new Page<TopicItem>(items, items.Length < 500 ? "more" : null));
        });
        await tree.RevealAsync("3/4/5", TestContext.Current.CancellationToken);
        Assert.Equal([null, "3", "3/4"], asked);
        Assert.Equal(303, tree.Rows.Count);
        Assert.Equal((2, "3/4/5"), (tree.Rows[3 + 1 + 4 + 1 + 5].Depth, tree.Rows[3 + 1 + 4 + 1 + 5].Item?.Topic));

        asked.Clear();
        tree.Close("3");
        await tree.RefreshAsync(TestContext.Current.CancellationToken);
        Assert.Equal([null], asked);
        Assert.Equal(101, tree.Rows.Count);
        Assert.Null(tree.Rows[^1].Item);
        Assert.True(await tree.MoreAsync(null, TestContext.Current.CancellationToken));
        Assert.True(await tree.MoreAsync(null, TestContext.Current.CancellationToken));
        Assert.Equal(500, tree.Rows.Count);
    }
}
