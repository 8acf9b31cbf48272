using SkyTree.Core.Messages;
using SkyTree.Core.Sessions;
using Xunit;

namespace SkyTree.Core.Tests.Sessions;

public sealed class LogReaderTests
{
    private readonly LogReader _reader = new(0);

    [Fact]
    public void A_message_appended_while_the_store_is_read_is_seen_once()
    {
        long after = _reader.BeginRead();
        _reader.OnAppended(Message(1), null);
        Assert.False(_reader.TryPeek(out _));
        _reader.EndRead(Items(1), after, 1); // the store had it already
        Assert.Equal([1], TakeAll());
        Assert.Equal([], ReadOn());
        Assert.False(_reader.NeedsRead);
    }

    [Fact]
    public void A_message_appended_after_the_store_was_read_is_seen()
    {
        long after = _reader.BeginRead();
        _reader.OnAppended(Message(1), null);
        _reader.EndRead([], after, after);
        Assert.Equal([1], TakeAll());
    }

    [Fact]
    public void A_message_that_was_read_before_it_is_announced_is_seen_once()
    {
        Assert.Equal([1], ReadOn(1));
        Assert.Equal([], ReadOn());
        _reader.OnAppended(Message(1), null);
        Assert.Equal([], TakeAll());
        _reader.OnAppended(Message(2), null);
        Assert.Equal([2], TakeAll());
    }

    [Fact]
    public void A_reader_that_falls_behind_its_hints_goes_back_to_the_store()
    {
        ReadOn();
        for (int i = 1; i <= 5_000; i++)
        {
            _reader.OnAppended(Message(i), null);
        }

        List<long> seen = TakeAll();
        Assert.InRange(seen.Count, 1, 4_999);
        Assert.True(_reader.NeedsRead);
        Assert.Equal(seen.Count, _reader.Position);
        seen.AddRange(ReadOn([.. Enumerable.Range(seen.Count + 1, 5_000 - seen.Count).Select(i => (long)i)]));
        Assert.Equal(Enumerable.Range(1, 5_000).Select(i => (long)i), seen);
    }

    [Fact]
    public void After_being_away_it_reads_on_after_the_last_message_that_was_taken()
    {
        long after = _reader.BeginRead();
        _reader.EndRead(Items(1, 2, 3), after, 3);
        _reader.Take();
        _reader.Suspend();
        _reader.OnAppended(Message(4), null);
        Assert.True(_reader.NeedsRead);
        Assert.Equal(1, _reader.BeginRead());
    }

    [Fact]
    public void A_read_that_ends_after_the_client_has_gone_loses_nothing()
    {
        long after = _reader.BeginRead();
        _reader.Suspend();
        Assert.False(_reader.NeedsRead);
        _reader.OnAppended(Message(1), null);
        _reader.EndRead([], after, after);
        Assert.True(_reader.NeedsRead);
        Assert.Equal([1], ReadOn(1));
    }

    [Fact]
    public void A_page_of_other_topics_messages_is_passed_over()
    {
        long after = _reader.BeginRead();
        _reader.EndRead([], after, 1_000);
        Assert.True(_reader.NeedsRead);
        Assert.Equal(1_000, _reader.BeginRead());
    }

    [Fact]
    public void A_failed_read_is_repeated()
    {
        _reader.BeginRead();
        _reader.OnAppended(Message(1), null);
        _reader.AbandonRead();
        Assert.True(_reader.NeedsRead);
        Assert.Equal([1], ReadOn(1));
    }

    [Fact]
    public void Only_a_reader_that_has_kept_up_passes_over_what_was_not_for_it()
    {
        _reader.Pass(100);
        Assert.Equal(0, _reader.Position);
        ReadOn();
        _reader.OnAppended(Message(50), null);
        _reader.Pass(100);
        Assert.Equal(0, _reader.Position);
        TakeAll();
        _reader.Pass(100);
        Assert.Equal(100, _reader.Position);
    }

    private List<long> ReadOn(params long[] offsets)
    {
        long after = _reader.BeginRead();
        _reader.EndRead(Items(offsets), after, offsets.Length == 0 ? after : offsets[^1]);
        return TakeAll();
    }

    private List<long> TakeAll()
    {
        var seen = new List<long>();
        while (_reader.TryPeek(out LogItem item))
        {
            _reader.Take();
            Assert.Equal(item.Message.Offset, _reader.Position);
            seen.Add(item.Message.Offset);
        }

        return seen;
    }

    private static List<LogItem> Items(params long[] offsets) => [.. offsets.Select(o => new LogItem(Message(o), null))];

    private static StoredMessage Message(long offset) => new() { Offset = offset, Topic = "t", TimestampMs = 0, QoS = 1 };
}
