using SkyTree.Core.Messages;
using SkyTree.Core.Messages.Retention;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Messages.Retention;

/// <summary>What trimming asks of the store: work where something has changed, a bounded piece of it at a time.</summary>
public sealed class TrimmingCostTests : IAsyncDisposable
{
    private readonly TestCore _core = new();
    private readonly CountingStore _store;
    private readonly TestPeer _reader; // reads everything at once

    public TrimmingCostTests()
    {
        _store = new CountingStore(_core.Store);
        _reader = _core.Connect("reader", durable: true, window: 60_000);
        _reader.Subscribe("#", 1);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task With_100_000_topics_nothing_is_asked_of_the_store_while_nothing_changes()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "#", LastPerTopic = true });
        Fill(topics: 100_000);
        await SettleAsync(trimmer);
        int before = _store.Calls;
        for (int second = 0; second < 300; second++)
        {
            _core.Time.Advance(TimeSpan.FromSeconds(1));
            await trimmer.TrimAsync();
        }

        Assert.Equal(before, _store.Calls);
    }

    [Fact]
    public async Task With_100_000_topics_an_age_costs_one_look_up_while_nothing_changes()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "#", MaximumAgeSeconds = 3600 }, new RetentionRule { Filter = "t/1", MaximumAgeSeconds = 3600 });
        Fill(topics: 100_000);
        await SettleAsync(trimmer);
        int before = _store.Calls;
        for (int second = 0; second < 300; second++)
        {
            _core.Time.Advance(TimeSpan.FromSeconds(1));
            await trimmer.TrimAsync();
        }

        Assert.Equal(300, _store.Calls - before);
    }

    [Fact]
    public async Task With_100_000_topics_only_those_that_changed_are_looked_at()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "#", LastPerTopic = true });
        Fill(topics: 100_000);
        await SettleAsync(trimmer);
        int lists = _store.Lists;
        int before = _store.Calls;
        for (int second = 0; second < 50; second++)
        {
            _core.Time.Advance(TimeSpan.FromSeconds(1));
            Publish($"t/{second * 7}", 1);
            await trimmer.TrimAsync();
            Assert.Equal(1, Count($"t/{second * 7}"));
        }

        Assert.Equal(lists, _store.Lists);
        Assert.InRange(_store.Calls - before, 50, 50 * 6);
    }

    [Fact]
    public async Task With_100_000_topics_what_comes_of_age_is_deleted_without_listing()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "old/#", MaximumAgeSeconds = 5 }, new RetentionRule { Filter = "t/#" });
        Publish("old/1", 1);
        _core.Time.Advance(TimeSpan.FromSeconds(1));
        Fill(topics: 100_000);
        await SettleAsync(trimmer);
        Assert.Equal(1, Count("old/1"));
        int before = _store.Calls;
        _core.Time.Advance(TimeSpan.FromSeconds(5));
        await trimmer.TrimAsync();
        Assert.Equal(0, Count("old/1"));
        Assert.InRange(_store.Calls - before, 1, 10);
    }

    [Fact]
    public async Task What_a_slow_reader_passes_is_found_without_listing()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "t/#" });
        TestPeer slow = _core.Connect("slow", durable: true, window: 1);
        slow.Subscribe("s", 1);
        Publish("s", 3);
        Fill(topics: 10_000);
        await SettleAsync(trimmer);
        Assert.Equal(3, Count("s"));
        int lists = _store.Lists;
        slow.Receive().ForEach(p => slow.Ack(p.PacketId));
        await trimmer.TrimAsync();
        Assert.Equal(2, Count("s"));
        Assert.Equal(lists, _store.Lists);
    }

    [Fact]
    public async Task What_is_stored_for_the_sake_of_a_rule_alone_is_found_without_listing()
    {
        var core = new TestCore(storeOptions: new StoreOptions { Retention = [new RetentionRule { Filter = "t", LastPerTopic = true }] });
        await using var store = new CountingStore(core.Store);
        var trimmer = new LogTrimmer(core.State, core.Replicator, store, core.Time, new RetentionPolicy(core.StoreOptions.Retention));
        core.Publish("t", 1, "1");
        await SettleAsync(trimmer);
        int lists = store.Lists;
        core.Publish("t", 1, "2");
        core.Publish("t", 1, "3");
        core.Publish("nobody", 1, "4");
        Assert.Equal(3, core.State.LastOffset);
        await trimmer.TrimAsync();
        Assert.Equal(1, core.Store.GetQueue("t").GetSummary().Count);
        Assert.Equal(lists, store.Lists);
    }

    [Fact]
    public async Task When_much_changed_at_once_all_topics_are_looked_at()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "#", MaximumMessages = 1 });
        Publish("a", 1);
        await SettleAsync(trimmer);
        Fill(topics: 2 * TrimAgenda.LargestSearch);
        Fill(topics: 2 * TrimAgenda.LargestSearch);
        await trimmer.TrimAsync();
        Assert.All(Enumerable.Range(0, 2 * TrimAgenda.LargestSearch), i => Assert.Equal(1, Count($"t/{i}")));
    }

    [Fact]
    public async Task A_topic_far_over_its_number_is_read_in_bounded_pieces_and_each_message_about_once()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "#", MaximumMessages = 10 });
        Publish("t", 5000);
        Publish("u", 20);
        await SettleAsync(trimmer);
        Assert.Equal(10, Count("t"));
        Assert.Equal(10, Count("u"));
        Assert.InRange(_store.MessagesRead, 5000, 7000);
    }

    [Fact]
    public async Task One_call_works_a_bounded_time_and_the_next_goes_on()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "#", LastPerTopic = true });
        Fill(topics: 300);
        Fill(topics: 300);
        _core.Time.AutoAdvanceAmount = TimeSpan.FromMilliseconds(1); // whenever somebody looks at the clock
        var left = new List<long> { Total(300) };
        while (left[^1] > 300)
        {
            Assert.True(left.Count < 50, "no end");
            await trimmer.TrimAsync();
            left.Add(Total(300));
        }

        Assert.InRange(left.Count, 4, 40);
        Assert.All(left.Zip(left.Skip(1)), pair => Assert.True(pair.Second < pair.First));
    }

    [Fact]
    public async Task Without_rules_the_log_goes_in_slices()
    {
        LogTrimmer trimmer = Trimmer();
        Fill(topics: LogTrimmer.SmallestSlice);
        Fill(topics: LogTrimmer.SmallestSlice);
        await trimmer.TrimAsync();
        Assert.Equal([2L * LogTrimmer.SmallestSlice], _store.Slices);
        Assert.Equal(0, _store.Deletes);
        Assert.Equal(0, Total(LogTrimmer.SmallestSlice));
        Publish("t", 5);
        await trimmer.TrimAsync();
        Assert.Single(_store.Slices);
        Assert.Equal(1, _store.Deletes);
        Assert.Equal(0, Count("t"));
    }

    [Fact]
    public async Task A_slice_ends_where_a_reader_or_an_age_is()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "t/#", MaximumAgeSeconds = 10 }, new RetentionRule { Filter = "#", MaximumAgeSeconds = 20 });
        Fill(topics: 2000);
        _core.Time.Advance(TimeSpan.FromSeconds(15));
        Fill(topics: 2000);
        await trimmer.TrimAsync();
        Assert.Empty(_store.Slices); // the longest age has nothing
        _core.Time.Advance(TimeSpan.FromSeconds(10));
        await trimmer.TrimAsync();
        Assert.Equal([2000], _store.Slices);
        TestPeer slow = _core.Connect("slow", durable: true);
        slow.Subscribe("t/500", 1);
        slow.Disconnect();
        Fill(topics: 2000);
        _core.Time.Advance(TimeSpan.FromSeconds(30));
        await SettleAsync(trimmer);
        Assert.Equal([2000, 4000], _store.Slices);
        Assert.Equal(1, Count("t/500"));
        Assert.Equal(1, Total(2000));
    }

    [Fact]
    public async Task A_rule_without_an_end_leaves_no_slices()
    {
        LogTrimmer trimmer = Trimmer(new RetentionRule { Filter = "kept" });
        Publish("kept", 1);
        Fill(topics: 2000);
        await SettleAsync(trimmer);
        Assert.Empty(_store.Slices);
        Assert.Equal(0, Total(2000));
        Assert.Equal(1, Count("kept"));
    }

    [Fact]
    public async Task After_a_failure_at_any_call_everything_is_found_again()
    {
        var rule = new RetentionRule { Filter = "#", MaximumMessages = 1, MaximumAgeSeconds = 1000 };
        LogTrimmer trimmer = Trimmer(rule);
        Publish("first", 1);
        await SettleAsync(trimmer);
        for (int failure = 1; failure < 12; failure++)
        {
            Publish("a", 3);
            Publish("b", 3);
            _store.FailsIn = failure;
            try
            {
                await trimmer.TrimAsync();
            }
            catch (IOException)
            {
            }

            _store.FailsIn = 0;
            await trimmer.TrimAsync();
            Assert.Equal((1, 1), (Count("a"), Count("b")));
        }
    }

    [Fact]
    public void More_readers_than_places_are_remembered_still_free_what_they_pass()
    {
        var positions = new ReaderPositions(limit: 2);
        object[] readers = [new(), new(), new()];
        Assert.Equal([(0, 100)], Moved(1, 1, 1));
        Assert.Equal([], Moved(1, 1, 1));
        Assert.Equal([(0, 100)], Moved(1, 1, 2));
        Assert.Equal([], Moved(1, 1, 2));
        Assert.Equal([(0, 100)], Moved(1, 5));
        Assert.Equal([(1, 4), (5, 6)], Moved(4, 6));
        Assert.Equal([(6, 100)], Moved(4));

        List<(long, long)> Moved(params long[] places)
        {
            var freed = new OffsetWindows();
            for (int i = 0; i < places.Length; i++)
            {
                positions.Note(readers[i], places[i], freed);
            }

            positions.End(100, freed);
            return freed.Merge(0, long.MaxValue)!;
        }
    }

    private LogTrimmer Trimmer(params RetentionRule[] rules) => new(_core.State, _core.Replicator, _store, _core.Time, new RetentionPolicy(rules));

    private static async Task SettleAsync(LogTrimmer trimmer)
    {
        for (int i = 0; i < 10; i++)
        {
            await trimmer.TrimAsync();
        }
    }

    /// <summary>Another message to each of so many topics.</summary>
    private void Fill(int topics)
    {
        for (int i = 0; i < topics; i++)
        {
            _core.Publish($"t/{i}", 1, "x");
            if (i % 1000 == 0)
            {
                Read();
            }
        }

        Read();
    }

    private void Publish(string topic, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _core.Publish(topic, 1, "x");
        }

        Read();
    }

    private void Read() => _reader.Receive().ForEach(p => _reader.Ack(p.PacketId));

    private long Count(string topic) => _core.Store.GetQueue(topic).GetSummary().Count;

    private long Total(int topics) => Enumerable.Range(0, topics).Sum(i => Count($"t/{i}"));
}
