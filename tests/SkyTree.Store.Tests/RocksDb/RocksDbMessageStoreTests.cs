using SkyTree.Core.Messages;
using SkyTree.Store.RocksDb;

namespace SkyTree.Store.Tests.RocksDb;

public sealed class RocksDbMessageStoreTests : DurableMessageStoreContract
{
    private readonly string _directory = Directory.CreateTempSubdirectory("skytree-rocksdb-").FullName;

    protected override int Histories => 60;

    protected override ValueTask<MessageStore> CreateStoreAsync(string place) =>
        new(new RocksDbDatabase(new RocksDbOptions { Folder = Path.Combine(_directory, place) }).Messages);

    protected override ValueTask CleanUpAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }
}
