using SkyTree.Core.Messages;
using SkyTree.Store.EF;
using Xunit;

namespace SkyTree.Store.Tests.Outbox;

/// <summary>Appends, moves, outages, lost answers, restarts, deletions and readers at once: no reader sees a gap, a repeat or another order.</summary>
public sealed class OutboxRandomTests : IDisposable
{
    private const int Topics = 4;
    private const int Last = 6_000;
    private const string Deleted = "t/3"; // the topic that is deleted from while it is read
    private readonly string _directory = Directory.CreateTempSubdirectory("skytree-outbox-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    public static TheoryData<int, bool> Runs()
    {
        TheoryData<int, bool> runs = [];
        int first = Environment.GetEnvironmentVariable("SKYTREE_SEED") is { Length: > 0 } seed ? int.Parse(seed, null) : Random.Shared.Next(1_000_000);
        for (int i = 0; i < 6; i++)
        {
            runs.Add(first + i, i % 3 == 2);
        }

        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs), DisableDiscoveryEnumeration = true)]
    public async Task Nothing_is_missed_repeated_or_reordered(int seed, bool sqlite)
    {
        await using Run run = new(seed, sqlite ? _directory : null);
        try
        {
            await run.PlayAsync().WaitAsync(TimeSpan.FromMinutes(2));
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"SKYTREE_SEED={seed}, sqlite {sqlite}", e);
        }
    }

    private sealed class Run(int seed, string? directory) : IAsyncDisposable
    {
        private const int Restarts = 10;
        private readonly InMemoryMessageStore _embedded = new();
        private readonly InMemoryMessageStore _memory = new();
        private readonly SemaphoreSlim _changing = new(1, 1); // nobody changes anything between an end and the next start
        private volatile UnreliableMessageStore _line = null!;
        private volatile OutboxMessageStore _outbox = null!;
        private long _deletedUpTo; // of the topic that is deleted from: everything to here may be gone
        private volatile int _starts; // odd while one ends and the next starts; written by who disturbs
        private volatile bool _ended;

        public async Task PlayAsync()
        {
            await OpenAsync();
            Task disturbing = Task.Run(DisturbAsync);
            List<Task> working = [Task.Run(AppendAsync), Task.Run(DeleteAsync)];
            for (int i = 0; i < 4; i++)
            {
                int reader = i;
                working.Add(Task.Run(() => FollowLogAsync(new Random(seed + reader), reader % 2 == 0)));
                working.Add(Task.Run(() => FollowQueueAsync(new Random(seed + 10 + reader), $"t/{reader}")));
            }

            // The first to fail ends the test; the others would wait for what does not come.
            while (working.Count > 0)
            {
                Task done = await Task.WhenAny(working);
                working.Remove(done);
                await done;
            }

            _ended = true;
            await disturbing;
            await OutboxWaits.UntilAsync(() => _outbox.StoredUpTo == Last && _outbox.IsConnected);
            Assert.Equal((0, 0), (_outbox.PendingMessages, _outbox.PendingBytes));
            await CheckWholeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            _ended = true;
            await _outbox.DisposeAsync();
            await _embedded.DisposeAsync();
            await _memory.DisposeAsync();
            _changing.Dispose();
        }

        private async Task OpenAsync()
        {
            MessageStore store = directory is null
                ? _memory
                : new EfMessageStore(new EfStoreOptions { Provider = EfProvider.Sqlite, ConnectionString = $"Data Source={directory}/{seed}.db" });
            UnreliableMessageStore line = new(store);
            OutboxMessageStore outbox = OutboxStores.Create(_embedded, line, OutboxStores.Small with { PageMessages = 50 });
            await outbox.OpenAsync();
            _line = line;
            _outbox = outbox;
        }

        private async Task AppendAsync()
        {
            Random random = new(seed + 100);
            for (long next = 1; next <= Last;)
            {
                int count = (int)Math.Min(random.Next(1, 40), Last - next + 1);
                List<StoredMessage> batch = [];
                for (int i = 0; i < count; i++, next++)
                {
                    batch.Add(new StoredMessage { Offset = next, Topic = $"t/{next % Topics}", TimestampMs = next, Payload = new byte[next % 90] });
                }

                await _changing.WaitAsync();
                _embedded.Append(batch);
                _outbox.Notify(count, batch.Sum(m => (long)m.Payload.Length));
                _changing.Release();
                if (random.Next(3) == 0)
                {
                    await Task.Delay(1);
                }
            }
        }

        /// <summary>Cuts the line, loses answers, holds calls up, and starts anew, until the readers have everything.</summary>
        private async Task DisturbAsync()
        {
            Random random = new(seed + 200);
            int restarts = 0;
            while (!_ended)
            {
                UnreliableMessageStore line = _line;
                switch (random.Next(6))
                {
                    case 0:
                        line.IsDown = true;
                        break;
                    case 1:
                        line.LosesAnswers = true;
                        break;
                    case 2:
                        line.Hold();
                        break;
                    case 3 when restarts++ < Restarts:
                        await _changing.WaitAsync();
                        _starts++; // the next one begins to move messages before it is the one that is asked
                        await _outbox.DisposeAsync();
                        await OpenAsync();
                        _starts++;
                        _changing.Release();
                        break;
                }

                await Task.Delay(random.Next(1, 8));
                line.IsDown = false;
                line.LosesAnswers = false;
                line.Release();
                await Task.Delay(random.Next(1, 8));
            }
        }

        private async Task DeleteAsync()
        {
            Random random = new(seed + 300);
            while (Volatile.Read(ref _deletedUpTo) < Last - 100)
            {
                long last = _embedded.LastOffset;
                long offset = Math.Max(0, last - random.Next(0, 200));
                Interlocked.Exchange(ref _deletedUpTo, Math.Max(_deletedUpTo, offset)); // before: it may begin at once
                await _changing.WaitAsync();
                try
                {
                    await _outbox.GetQueue(Deleted).DeleteByOffsetAsync(offset);
                }
                catch (Exception e) when (IsOutage(e))
                {
                }
                finally
                {
                    _changing.Release();
                }

                await Task.Delay(1);
            }
        }

        private async Task FollowLogAsync(Random random, bool filtered)
        {
            // Deletions are checked by those who read all.
            Func<string, bool>? filter = filtered ? t => t != Deleted : null;
            long after = 0;
            long expected = 0; // every offset to here was seen, or may be missing
            while (after < Last)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                LogPage page;
                try
                {
                    page = await ReadAsync(o => o.ReadLogAsync(after, filter, random.Next(1, 60)));
                }
                catch (Exception e) when (IsOutage(e))
                {
                    await Task.Delay(1);
                    continue;
                }

                long floor = Volatile.Read(ref _deletedUpTo);
                foreach (StoredMessage message in page.Messages)
                {
                    Skip(ref expected, message.Offset - 1, filtered ? long.MaxValue : floor);
                    Assert.Equal(++expected, message.Offset);
                }

                Assert.True(page.Next >= after);
                if (page.Next == after)
                {
                    Assert.Empty(page.Messages);
                    await Task.Delay(1);
                    continue;
                }

                after = page.Next;
                Skip(ref expected, after, filtered ? long.MaxValue : floor);
                Assert.Equal(after, expected);
            }
        }

        /// <summary>Passes over the offsets of the topic that is deleted from.</summary>
        private static void Skip(ref long expected, long to, long floor)
        {
            while (expected < to && (expected + 1) % Topics == Topics - 1 && expected + 1 <= floor)
            {
                expected++;
            }

            // Offsets below the first that is left are not looked at one by one.
            Assert.True(expected == to, $"{expected + 1} is missing before {to + 1}");
        }

        private async Task FollowQueueAsync(Random random, string topic)
        {
            long first = topic == "t/0" ? Topics : topic[^1] - '0';
            long after = 0;
            while (after + Topics <= Last || after == 0)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                IReadOnlyList<StoredMessage> page;
                try
                {
                    page = await ReadAsync(o => o.GetQueue(topic).ReadByOffsetAsync(after, random.Next(1, 30)));
                }
                catch (Exception e) when (IsOutage(e))
                {
                    await Task.Delay(1);
                    continue;
                }

                long floor = Volatile.Read(ref _deletedUpTo);
                foreach (StoredMessage message in page)
                {
                    long next = after == 0 ? first : after + Topics;
                    Assert.True(
                        message.Offset == next || (topic == Deleted && message.Offset > next && message.Offset - Topics <= floor),
                        $"{topic}: {message.Offset} after {after}");
                    after = message.Offset;
                }

                if (page.Count == 0)
                {
                    if (topic == Deleted && floor >= Last - 100 && _embedded.LastOffset == Last)
                    {
                        return; // Its end may be deleted.
                    }

                    await Task.Delay(1);
                }
            }
        }

        private async Task CheckWholeAsync()
        {
            await _outbox.GetQueue(Deleted).DeleteByOffsetAsync(_deletedUpTo);
            for (int topic = 0; topic < Topics; topic++)
            {
                long[] offsets = [.. Enumerable.Range(1, Last).Select(o => (long)o).Where(o => o % Topics == topic && ($"t/{topic}" != Deleted || o > _deletedUpTo))];
                Assert.Equal(
                    new TopicSummary($"t/{topic}", offsets.Length, offsets.Sum(o => o % 90), offsets.LastOrDefault()),
                    await _outbox.GetQueue($"t/{topic}").GetSummaryAsync());
            }
        }

        private static bool IsOutage(Exception e) => e is IOException or ObjectDisposedException or EndedException;

        /// <summary>Reads, and fails if the store was ended meanwhile: what has moved since then it does not know.</summary>
        private async Task<T> ReadAsync<T>(Func<OutboxMessageStore, ValueTask<T>> read)
        {
            int starts = _starts;
            T result = await read(_outbox);
            return starts % 2 == 0 && starts == _starts ? result : throw new EndedException();
        }
    }

    private sealed class EndedException : Exception;
}
