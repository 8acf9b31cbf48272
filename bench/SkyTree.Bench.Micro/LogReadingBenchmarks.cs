using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb;

namespace SkyTree.Bench.Micro;

/// <summary>
/// Pages of the log as sessions read them: from the tail in memory and from RocksDB, all topics and, through a filter,
/// one of 64. Per message of the log that is gone over.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Close is called at the end.")]
public class LogReadingBenchmarks
{
    private const int Stored = 65_536;
    private const int Page = 256;

    private static readonly string s_topic = StoredMessages.At(0).Topic;

    private string _folder = "";
    private RocksDbDatabase _database = null!;
    private TailedMessageStore _tail = null!;

    [GlobalSetup]
    public void Fill()
    {
        _folder = Directory.CreateTempSubdirectory("skytree-bench-").FullName;
        _database = new RocksDbDatabase(new RocksDbOptions { Folder = Path.Combine(_folder, "state") });
        _database.Open();
        _tail = new TailedMessageStore(_database.Messages, long.MaxValue);
        using StateBatch batch = _database.CreateBatch();
        for (long offset = 1; offset <= Stored; offset++)
        {
            StoredMessage message = StoredMessages.At(offset);
            batch.Append(message);
            _tail.Add(message);
        }

        _database.Write(batch, sync: false);
    }

    [GlobalCleanup]
    public async Task Close()
    {
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark(Description = "read the log from the tail", OperationsPerInvoke = Stored)]
    public Task<int> TailAll() => ReadAsync(_tail, null, Stored);

    [Benchmark(Description = "read the log from the tail, 1 topic of 64", OperationsPerInvoke = Stored)]
    public Task<int> TailOne() => ReadAsync(_tail, topic => topic == s_topic, Stored / StoredMessages.Topics);

    [Benchmark(Description = "read the log from RocksDB", OperationsPerInvoke = Stored)]
    public Task<int> RocksDbAll() => ReadAsync(_database.Messages, null, Stored);

    [Benchmark(Description = "read the log from RocksDB, 1 topic of 64", OperationsPerInvoke = Stored)]
    public Task<int> RocksDbOne() => ReadAsync(_database.Messages, topic => topic == s_topic, Stored / StoredMessages.Topics);

    private static async Task<int> ReadAsync(MessageStore store, Func<string, bool>? filter, int expected)
    {
        int count = 0;
        long after = 0;
        while (true)
        {
            LogPage page = await store.ReadLogAsync(after, filter, Page);
            count += page.Messages.Count;
            if (page.Next == after)
            {
                return count == expected ? count : throw new InvalidOperationException($"{count} messages of {expected}");
            }

            after = page.Next;
        }
    }
}
