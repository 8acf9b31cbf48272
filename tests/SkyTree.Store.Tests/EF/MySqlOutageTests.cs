using System.Data.Common;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using MySqlConnector;
using SkyTree.Core.Messages;
using SkyTree.Store.EF;
using SkyTree.Store.Tests.Outbox;
using Xunit;

namespace SkyTree.Store.Tests.EF;

/// <summary>A server of its own that is killed and started again under load, and connections that are ended.</summary>
public sealed class MySqlOutageTests : IAsyncLifetime
{
    private const int BatchSize = 50;
    private readonly MariaDbServer _server = new();
    private string _connectionString = "";

    public async ValueTask InitializeAsync() =>
        _connectionString = new MySqlConnectionStringBuilder(await _server.GetConnectionStringAsync()) { Database = "skytree" }.ToString();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_killed_server_is_an_exception_and_what_is_appended_again_afterwards_is_there_once()
    {
        await using EfMessageStore store = CreateStore();
        await store.OpenAsync();
        using CancellationTokenSource end = new(TimeSpan.FromMinutes(2));
        int failures = 0;
        int failedReads = 0;
        long confirmed = 0;
        Task appending = Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                List<StoredMessage> batch = Messages(confirmed + 1, confirmed + BatchSize);
                try
                {
                    await store.AppendAsync(batch);
                    Interlocked.Add(ref confirmed, BatchSize);
                }
                catch (Exception e) when (e is DbException or InvalidOperationException or IOException or SocketException)
                {
                    Interlocked.Increment(ref failures); // and the same batch again
                }
            }
        });
        Task reading = Task.Run(async () =>
        {
            long after = 0;
            while (!end.IsCancellationRequested)
            {
                try
                {
                    LogPage page = await store.ReadLogAsync(after, null, 200);
                    Assert.Equal(Enumerable.Range(1, page.Messages.Count).Select(i => after + i), page.Messages.Select(m => m.Offset));
                    after = page.Next;
                }
                catch (Exception e) when (e is DbException or InvalidOperationException or IOException or SocketException)
                {
                    Interlocked.Increment(ref failedReads);
                }
            }
        });

        for (int i = 0; i < 3; i++)
        {
            long goal = Interlocked.Read(ref confirmed) + (5 * BatchSize);
            await OutboxWaits.UntilAsync(() => Interlocked.Read(ref confirmed) >= goal);
            (int failed, int read) = (Volatile.Read(ref failures), Volatile.Read(ref failedReads));
            await _server.KillAsync();
            await OutboxWaits.UntilAsync(() => Volatile.Read(ref failures) > failed && Volatile.Read(ref failedReads) > read);
            await _server.StartAgainAsync();
        }

        long last = Interlocked.Read(ref confirmed) + (5 * BatchSize);
        await OutboxWaits.UntilAsync(() => Interlocked.Read(ref confirmed) >= last);
        await end.CancelAsync();
        await appending;
        await reading;

        await AssertHoldsAsync(store, await store.GetLastOffsetAsync());
        Assert.Equal(confirmed, await store.GetLastOffsetAsync());
    }

    [Fact]
    public async Task An_ended_connection_is_replaced()
    {
        await using EfMessageStore store = CreateStore();
        await store.OpenAsync();
        for (int i = 0; i < 5; i++)
        {
            await store.AppendAsync(Messages((i * 10) + 1, (i * 10) + 10));
            await EndConnectionsAsync();
        }

        Assert.Equal(50, await store.GetLastOffsetAsync());
        await EndConnectionsAsync();
        await AssertHoldsAsync(store, 50);
    }

    [Fact]
    public async Task The_outbox_keeps_what_the_killed_server_does_not_take()
    {
        await using InMemoryMessageStore embedded = new();
        OutboxMessageStore outbox = new(embedded, CreateStore(), OutboxStores.Small with { PageMessages = 100 }, TimeProvider.System, NullLogger.Instance);
        await using (outbox)
        {
            await _server.KillAsync();
            await outbox.OpenAsync();
            await outbox.AppendAsync(Messages(1, 500));
            Assert.False(outbox.IsConnected);

            await _server.StartAgainAsync();
            await OutboxWaits.UntilAsync(() => outbox.StoredUpTo == 500);
            for (int i = 1; i <= 3; i++)
            {
                await outbox.AppendAsync(Messages((i * 1_000) - 499, (i * 1_000) + 500));
                await OutboxWaits.UntilAsync(() => outbox.StoredUpTo > (i * 1_000) - 499);
                await _server.KillAsync();
                await _server.StartAgainAsync();
            }

            await OutboxWaits.UntilAsync(() => outbox.StoredUpTo == 3_500 && outbox.PendingMessages == 0);
            await AssertHoldsAsync(outbox, 3_500);
        }
    }

    private EfMessageStore CreateStore() => new(new EfStoreOptions { Provider = EfProvider.MySql, ConnectionString = _connectionString });

    private async Task EndConnectionsAsync()
    {
        await using MySqlConnection connection = new(new MySqlConnectionStringBuilder(_connectionString) { Database = "", Pooling = false }.ToString());
        await connection.OpenAsync();
        List<long> others = [];
        await using (MySqlCommand command = new("SELECT id FROM information_schema.processlist WHERE user = 'root' AND id <> CONNECTION_ID()", connection))
        await using (MySqlDataReader reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                others.Add(reader.GetInt64(0));
            }
        }

        Assert.NotEmpty(others);
        foreach (long id in others)
        {
            await using MySqlCommand kill = new($"KILL {id}", connection);
            await kill.ExecuteNonQueryAsync();
        }
    }

    private static async Task AssertHoldsAsync(MessageStore store, long last)
    {
        long after = 0;
        while (after < last)
        {
            LogPage page = await store.ReadLogAsync(after, null, 1_000);
            Assert.Equal(Enumerable.Range(1, page.Messages.Count).Select(i => after + i), page.Messages.Select(m => m.Offset));
            Assert.True(page.Next > after);
            after = page.Next;
        }

        Assert.Equal(last, after);
        IReadOnlyList<TopicSummary> topics = await store.ListTopicsAsync(null, null, 10);
        Assert.Equal(last, topics.Sum(t => t.Count));
        Assert.Equal(last * 100, topics.Sum(t => t.Bytes));
    }

    private static List<StoredMessage> Messages(long first, long last) =>
    [
        .. Enumerable.Range(0, (int)(last - first + 1)).Select(i => new StoredMessage
        {
            Offset = first + i, Topic = $"t/{(first + i) % 5}", TimestampMs = first + i, Payload = new byte[100],
        }),
    ];
}
