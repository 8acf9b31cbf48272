using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb;

namespace SkyTree.Bench.Micro;

/// <summary>Batches of messages into RocksDB, with and without a flush of the disk for each; in a folder on the disk of TMPDIR. Per message.</summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Close is called at the end.")]
public class AppendingBenchmarks
{
    private const int Batch = 1_000;

    private string _folder = "";
    private RocksDbDatabase _database = null!;
    private StateBatch _batch = null!;
    private long _last;

    [GlobalSetup]
    public void Open()
    {
        _folder = Directory.CreateTempSubdirectory("skytree-bench-").FullName;
        _database = new RocksDbDatabase(new RocksDbOptions { Folder = Path.Combine(_folder, "state") });
        _database.Open();
        _batch = _database.CreateBatch();
    }

    [GlobalCleanup]
    public async Task Close()
    {
        _batch.Dispose();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark(Description = "append 256 B, 1,000 a batch, flushed", OperationsPerInvoke = Batch)]
    public long AppendSynced() => Append(sync: true);

    [Benchmark(Description = "append 256 B, 1,000 a batch, not flushed", OperationsPerInvoke = Batch)]
    public long AppendUnsynced() => Append(sync: false);

    private long Append(bool sync)
    {
        _batch.Clear();
        for (int i = 0; i < Batch; i++)
        {
            _batch.Append(StoredMessages.At(++_last));
        }

        _database.Write(_batch, sync);
        return _last;
    }
}
