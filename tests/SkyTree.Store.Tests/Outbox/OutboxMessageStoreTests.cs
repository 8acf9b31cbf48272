using Microsoft.Extensions.Logging;
using SkyTree.Core.Messages;
using Xunit;

namespace SkyTree.Store.Tests.Outbox;

public sealed class OutboxMessageStoreTests : IAsyncLifetime
{
    private readonly InMemoryMessageStore _embedded = new();
    private readonly InMemoryMessageStore _stored = new();
    private readonly UnreliableMessageStore _external;
    private readonly LogLines _log = new();
    private OutboxMessageStore _outbox;

    public OutboxMessageStoreTests()
    {
        _external = new UnreliableMessageStore(_stored);
        _outbox = Create();
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        _external.Release();
        await _outbox.DisposeAsync();
    }

    [Fact]
    public async Task Messages_move_to_the_external_store_and_leave_the_outbox()
    {
        await _outbox.OpenAsync();
        await _outbox.AppendAsync(Messages(1, 100, bytes: 10));

        await MovedAsync(100);

        Assert.Equal(0, _outbox.PendingMessages);
        Assert.Equal(0, _outbox.PendingBytes);
        await Until(() => _embedded.Bytes == 0);
        Assert.Equal(Range(1, 100), Offsets(await ReadAllAsync(_stored)));
        Assert.Equal(Range(1, 100), Offsets(await ReadAllAsync(_outbox)));
        Assert.All(_external.Batches, b => Assert.InRange(b.Count, 1, OutboxStores.Small.PageMessages));
    }

    [Fact]
    public async Task A_page_is_bounded_by_its_bytes_and_a_large_message_goes_alone()
    {
        _embedded.Append([.. Messages(1, 5, bytes: 1500), .. Messages(6, 6, bytes: 9000), .. Messages(7, 9, bytes: 1)]);
        await _outbox.OpenAsync();
        await MovedAsync(9);

        Assert.Equal([1, 3, 5, 6, 7], _external.Batches.Select(b => b[0].Offset));
    }

    [Fact]
    public async Task The_broker_starts_and_serves_while_the_external_store_is_away()
    {
        _embedded.Append(Messages(1, 20, bytes: 10));
        _external.IsDown = true;
        await _outbox.OpenAsync();
        await _outbox.AppendAsync(Messages(21, 30, bytes: 10));

        Assert.False(_outbox.IsConnected);
        Assert.Equal("the line is cut", _outbox.LastError);
        Assert.Equal(30, _outbox.PendingMessages);
        Assert.Equal(300, _outbox.PendingBytes);
        Assert.Equal(30, await _outbox.GetLastOffsetAsync());
        Assert.Equal(Range(1, 30), Offsets(await ReadAllAsync(_outbox)));
        Assert.Equal(30, (await _outbox.GetQueue("t/0").ReadByOffsetAsync(0, 100)).Count + (await _outbox.GetQueue("t/1").ReadByOffsetAsync(0, 100)).Count);
        await Assert.ThrowsAsync<IOException>(async () => await _outbox.GetQueue("t/0").GetSummaryAsync());

        _external.IsDown = false;
        await MovedAsync(30);
        await Until(() => _outbox.IsConnected);
        Assert.Null(_outbox.LastError);
        Assert.Equal(Range(1, 30), Offsets(await ReadAllAsync(_stored)));
    }

    [Fact]
    public async Task An_outage_serves_what_the_outbox_has_and_refuses_what_it_has_not()
    {
        await _outbox.OpenAsync();
        await _outbox.AppendAsync(Messages(1, 10));
        await MovedAsync(10);

        _external.IsDown = true;
        await _outbox.AppendAsync(Messages(11, 20));
        await Until(() => !_outbox.IsConnected);

        Assert.Equal(Range(11, 20), Offsets((await _outbox.ReadLogAsync(10, null, 100)).Messages));
        await Assert.ThrowsAsync<IOException>(async () => await _outbox.ReadLogAsync(9, null, 100));
        await Assert.ThrowsAsync<IOException>(async () => await _outbox.GetQueue("t/0").ReadByOffsetAsync(0, 100));
        await Assert.ThrowsAsync<IOException>(async () => await _outbox.FindOffsetAsync(0));

        _external.IsDown = false;
        await MovedAsync(20);
        Assert.Equal(Range(1, 20), Offsets(await ReadAllAsync(_outbox)));
    }

    [Fact]
    public async Task What_is_deleted_during_an_outage_frees_the_outbox_and_is_never_written()
    {
        await _outbox.OpenAsync();
        await _outbox.AppendAsync(Messages(1, 4));
        await MovedAsync(4);
        _external.IsDown = true;
        await _outbox.AppendAsync(Messages(5, 24, bytes: 10));
        await Until(() => !_outbox.IsConnected);

        await Assert.ThrowsAsync<IOException>(async () => await _outbox.GetQueue("t/0").DeleteByOffsetAsync(20));
        Assert.Equal((12, 120), (_outbox.PendingMessages, _outbox.PendingBytes));
        await Assert.ThrowsAsync<IOException>(async () => await _outbox.DeleteLogAsync(22));
        Assert.Equal((2, 20), (_outbox.PendingMessages, _outbox.PendingBytes));

        _external.IsDown = false;
        await MovedAsync(24);
        Assert.Equal([1, 2, 3, 4, 23, 24], Offsets(await ReadAllAsync(_stored)));
        await _outbox.DeleteLogAsync(22); // again, as whoever was refused does
        Assert.Equal([23, 24], Offsets(await ReadAllAsync(_outbox)));
        Assert.Equal(0, _outbox.PendingMessages);
    }

    [Fact]
    public async Task A_message_that_is_deleted_while_it_is_on_its_way_does_not_arrive_afterwards()
    {
        await _outbox.OpenAsync();
        _external.Hold();
        await _outbox.AppendAsync(Messages(1, 5));
        await Until(() => _external.Appends == 1);

        Task deleting = _outbox.GetQueue("t/0").DeleteByOffsetAsync(5).AsTask();
        _external.Release();
        await deleting;

        await MovedAsync(5);
        Assert.Equal([1, 3, 5], Offsets(await ReadAllAsync(_outbox)));
        Assert.Equal([1, 3, 5], Offsets(await ReadAllAsync(_stored)));
    }

    [Fact]
    public async Task A_lost_answer_counts_nothing_twice()
    {
        await _outbox.OpenAsync();
        await Until(() => _outbox.IsConnected);
        _external.LosesAnswers = true;
        await _outbox.AppendAsync(Messages(1, 20, bytes: 10));
        await Until(() => !_outbox.IsConnected && _stored.LastOffset > 0);

        Assert.Equal(new TopicSummary("t/0", 10, 100, 20), await _outbox.GetQueue("t/0").GetSummaryAsync());
        Assert.Equal([new TopicSummary("t/0", 10, 100, 20), new TopicSummary("t/1", 10, 100, 19)], await _outbox.ListTopicsAsync(null, null, 10));
        Assert.Equal(Range(1, 20), Offsets(await ReadAllAsync(_outbox)));

        _external.LosesAnswers = false;
        await MovedAsync(20);
        Assert.Equal(Range(1, 20), Offsets(await ReadAllAsync(_outbox)));
        Assert.Equal(new TopicSummary("t/0", 10, 100, 20), await _outbox.GetQueue("t/0").GetSummaryAsync());
    }

    [Fact]
    public async Task The_waits_double_to_their_limit_and_an_outage_is_told_once()
    {
        WaitsAtOnce time = new();
        _outbox = Create(new OutboxOptions { OpenWait = Timeout.InfiniteTimeSpan, CloseWait = TimeSpan.FromMinutes(1) }, time);
        _external.IsDown = true;
        await _outbox.OpenAsync();
        await Until(() => time.Waits.Count >= 10);
        Assert.Equal([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000], time.Waits.Take(9).Select(w => w.TotalMilliseconds));
        Assert.Equal(1041, Assert.Single(_log.Events));

        _external.IsDown = false;
        await Until(() => _outbox.IsConnected);
        Assert.Equal([1041, 1042], _log.Events);

        // From the beginning again.
        int before = time.Waits.Count;
        _external.IsDown = true;
        await _outbox.AppendAsync(Messages(1, 1));
        await Until(() => time.Waits.Count >= before + 2);
        Assert.Equal([100, 200], time.Waits.Skip(before).Take(2).Select(w => w.TotalMilliseconds));
        Assert.Equal([1041, 1042, 1041], _log.Events);
    }

    [Fact]
    public async Task A_store_that_answers_but_takes_no_messages_is_away()
    {
        WaitsAtOnce time = new();
        _outbox = Create(new OutboxOptions { OpenWait = Timeout.InfiniteTimeSpan, CloseWait = TimeSpan.FromMinutes(1) }, time);
        _external.OnAppend = () => Task.FromException(new IOException("the disk is full"));
        _embedded.Append(Messages(1, 1));
        await _outbox.OpenAsync();
        await Until(() => time.Waits.Count >= 10);

        Assert.False(_outbox.IsConnected);
        Assert.Equal("the disk is full", _outbox.LastError);
        Assert.Equal(1041, Assert.Single(_log.Events));
        Assert.Equal(10_000, time.Waits[9].TotalMilliseconds);
    }

    [Fact]
    public async Task A_restart_goes_on_where_the_embedded_log_begins()
    {
        await _outbox.OpenAsync();
        int left = 3;
        _external.OnAppend = () =>
        {
            if (--left == 0)
            {
                _external.Hold(); // The third page does not come through before the end.
            }

            return Task.CompletedTask;
        };
        await _outbox.AppendAsync(Messages(1, 50));
        await Until(() => _external.Appends == 3);
        await _outbox.DisposeAsync();
        Assert.Equal(14, _stored.LastOffset);

        UnreliableMessageStore again = new(_stored);
        _outbox = OutboxStores.Create(_embedded, again);
        await _outbox.OpenAsync();
        await MovedAsync(50);
        Assert.Equal(Range(1, 50), Offsets(await ReadAllAsync(_outbox)));
        Assert.Equal(Range(1, 50), Offsets(await ReadAllAsync(_stored)));
        Assert.Equal(0, _outbox.PendingMessages);
    }

    [Fact]
    public async Task A_restart_appends_again_what_was_written_and_not_yet_dropped()
    {
        _embedded.Append(Messages(1, 50));
        _stored.Append(Messages(1, 30));
        _stored.GetQueue("t/1").DeleteByOffset(29); // Deletions count, too.
        await _outbox.OpenAsync();
        await MovedAsync(50);

        Assert.Equal(Range(1, 50).Where(o => o % 2 == 0 || o > 30), Offsets(await ReadAllAsync(_outbox)));
        Assert.Null(_outbox.LastError);
    }

    [Fact]
    public async Task A_store_that_hangs_delays_neither_start_nor_end_longer_than_allowed()
    {
        _external.HeedsCancellation = false;
        _external.Hold();
        _outbox = Create(OutboxStores.Small with { OpenWait = TimeSpan.FromMilliseconds(50), CloseWait = TimeSpan.FromMilliseconds(100) });

        await _outbox.OpenAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1));
        await _outbox.AppendAsync(Messages(1, 5));
        Assert.Equal(5, (await ReadAllAsync(_outbox)).Count);
        await _outbox.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task A_database_that_is_found_to_end_higher_once_offsets_are_given_out_takes_nothing(bool stillHasItsMessages, bool isAwayLonger)
    {
        _stored.Append([.. Messages(1, 20).Select(m => m with { TimestampMs = 7 })]);
        if (!stillHasItsMessages)
        {
            await _stored.DeleteLogAsync(20);
        }

        _external.Hold();
        _outbox = Create(OutboxStores.Small with { OpenWait = TimeSpan.FromMilliseconds(50) });
        await _outbox.OpenAsync();
        Assert.Equal(0, await _outbox.GetLastOffsetAsync());
        if (!isAwayLonger)
        {
            _external.Release();
            await Until(() => _outbox.IsConnected);
        }

        // Its end came to be known too late, and the lower half would be taken for repeats.
        await _outbox.AppendAsync(Messages(1, 30));
        if (isAwayLonger)
        {
            _external.Release();
        }

        await Until(() => _outbox.LastError?.Contains("another broker", StringComparison.Ordinal) == true);
        await Until(() => _external.Opens == 1 && _log.Events.Count(e => e == 1041) == 1);
        Assert.Equal(30, _outbox.PendingMessages);
        Assert.Equal(20, _stored.LastOffset);
        List<StoredMessage> read = await ReadAllAsync(_outbox);
        Assert.Equal(Range(1, 30), Offsets(read));
        Assert.DoesNotContain(read, m => m.TimestampMs == 7);
    }

    [Fact]
    public async Task Offsets_go_on_above_a_database_that_ends_higher()
    {
        _stored.Append(Messages(1, 20));
        await _outbox.OpenAsync();
        long next = await _outbox.GetLastOffsetAsync() + 1;
        await _outbox.AppendAsync(Messages(next, next + 9));
        await MovedAsync(30);
        Assert.Equal(Range(1, 30), Offsets(await ReadAllAsync(_outbox)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(12)]
    public async Task What_a_database_has_above_the_folders_end_is_read_at_once(int end)
    {
        // The folder was lost, or an older copy of it was put back.
        _embedded.Append(Messages(1, end));
        await _embedded.DeleteLogAsync(end);
        _stored.Append(Messages(1, 20, bytes: 10));
        await _outbox.OpenAsync();

        Assert.Equal(Range(1, 20), Offsets(await ReadAllAsync(_outbox)));
        Assert.Equal([2, 4, 6], Offsets(await _outbox.GetQueue("t/0").ReadByOffsetAsync(0, 3)));
        Assert.Equal(5, await _outbox.FindOffsetAsync(1_005));
        Assert.Equal([new TopicSummary("t/0", 10, 100, 20), new TopicSummary("t/1", 10, 100, 19)], await _outbox.ListTopicsAsync(null, null, 10));

        await _outbox.DeleteLogAsync(5);
        await _outbox.AppendAsync(Messages(21, 30));
        await MovedAsync(30);
        Assert.Equal(Range(6, 30), Offsets(await ReadAllAsync(_outbox)));
    }

    [Fact]
    public async Task A_database_that_lost_what_it_confirmed_is_told_of()
    {
        await _outbox.OpenAsync();
        await _outbox.AppendAsync(Messages(1, 7));
        await MovedAsync(7);
        _external.IsDown = true;
        await _outbox.AppendAsync(Messages(8, 8));
        await Until(() => !_outbox.IsConnected);

        _external.Inner = new InMemoryMessageStore();
        _external.IsDown = false;
        await MovedAsync(8);
        Assert.Contains(1043, _log.Events);
        Assert.Equal([8], Offsets(await ReadAllAsync(_outbox)));
    }

    private OutboxMessageStore Create(OutboxOptions? options = null, TimeProvider? time = null) =>
        new(_embedded, _external, options ?? OutboxStores.Small, time ?? TimeProvider.System, _log);

    private Task MovedAsync(long offset) => Until(() => _outbox.StoredUpTo >= offset && _outbox.PendingMessages == 0);

    private static Task Until(Func<bool> condition) => OutboxWaits.UntilAsync(condition);

    private static async Task<List<StoredMessage>> ReadAllAsync(MessageStore store)
    {
        List<StoredMessage> all = [];
        LogPage page = new([], 0);
        long after;
        do
        {
            after = page.Next;
            page = await store.ReadLogAsync(after, null, 8);
            all.AddRange(page.Messages);
        }
        while (page.Next != after);
        return all;
    }

    private static List<StoredMessage> Messages(long first, long last, int bytes = 0) =>
    [
        .. Range(first, last).Select(o => new StoredMessage { Offset = o, Topic = $"t/{o % 2}", TimestampMs = 1_000 + o, Payload = new byte[bytes] }),
    ];

    private static IEnumerable<long> Range(long first, long last) => Enumerable.Range(0, (int)(last - first + 1)).Select(i => first + i);

    private static IEnumerable<long> Offsets(IEnumerable<StoredMessage> messages) => messages.Select(m => m.Offset);

    /// <summary>Remembers how long it was to wait, and waits a moment.</summary>
    private sealed class WaitsAtOnce : TimeProvider
    {
        private readonly List<TimeSpan> _waits = [];

        public IReadOnlyList<TimeSpan> Waits
        {
            get
            {
                lock (_waits)
                {
                    return [.. _waits];
                }
            }
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            // Closing has a time of its own, which is not to pass at once.
            bool isBackOff = dueTime <= TimeSpan.FromSeconds(10);
            if (isBackOff)
            {
                lock (_waits)
                {
                    _waits.Add(dueTime);
                }
            }

            return System.CreateTimer(callback, state, isBackOff ? TimeSpan.FromMilliseconds(1) : dueTime, period);
        }
    }

    private sealed class LogLines : ILogger
    {
        private readonly List<int> _events = [];

        public IReadOnlyList<int> Events
        {
            get
            {
                lock (_events)
                {
                    return [.. _events];
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_events)
            {
                _events.Add(eventId.Id);
            }
        }
    }
}
