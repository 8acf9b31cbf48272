using System.Globalization;
using System.Text;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb;

// Writes numbered batches into a database until it is killed, and says each number once the write has returned. A batch
// puts its number under "batch" and appends as many messages as its number says, 1 to 7; their offsets have no gaps.
//   SkyTree.Store.Writer FOLDER sync|nosync
string folder = args[0];
bool sync = args[1] == "sync";
await using RocksDbDatabase database = new(new RocksDbOptions { Folder = folder, WriteBufferMegabytes = 1, MaximumWriteAheadLogMegabytes = 2 });
database.Open();
long offset = await database.Messages.GetLastOffsetAsync();
long number = database.Get("batch"u8) is { } last ? long.Parse(Encoding.UTF8.GetString(last), CultureInfo.InvariantCulture) : 0;
using StateBatch batch = database.CreateBatch();
await using Stream output = Console.OpenStandardOutput();
byte[] payload = new byte[2_000];
while (true)
{
    number++;
    batch.Clear();
    batch.Put("batch"u8, Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture)));
    for (int i = 0; i <= number % 7; i++)
    {
        Random.Shared.NextBytes(payload);
        batch.Append(new StoredMessage { Offset = ++offset, Topic = $"t/{offset % 11}", TimestampMs = number, Payload = payload });
    }

    database.Write(batch, sync);
    await output.WriteAsync(Encoding.ASCII.GetBytes($"{number} {offset}\n"));
}
