using System.Globalization;
using System.Text;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Store.RocksDb;

// Writes numbered batches into a database until it is killed, and says each number once the write has returned. A batch
// puts its number under "batch" and appends as many messages as its number says, 1 to 7; their offsets have no gaps.
//   SkyTree.Store.Writer FOLDER sync|nosync
// Or it writes the batches into another database, whose checkpoints take the first one's place, and says the number again before
// each time. Between two replacements the first one gets a message of its own, and the number under "own".
//   SkyTree.Store.Writer FOLDER replace
string folder = args[0];
bool sync = args[1] == "sync";
bool replace = args[1] == "replace";
string source = replace ? folder + ".source" : folder;
string checkpoint = folder + ".checkpoint";
await using RocksDbDatabase database = new(new RocksDbOptions { Folder = source, WriteBufferMegabytes = 1, MaximumWriteAheadLogMegabytes = 2 });
database.Open();
await using RocksDbDatabase replaced = new(new RocksDbOptions { Folder = folder, WriteBufferMegabytes = 1 });
if (replace)
{
    replaced.Open();
    if (Directory.Exists(checkpoint))
    {
        Directory.Delete(checkpoint, recursive: true);
    }
}

long offset = await database.Messages.GetLastOffsetAsync();
long number = database.Get("batch"u8) is { } last ? long.Parse(Encoding.UTF8.GetString(last), CultureInfo.InvariantCulture) : 0;
using StateBatch batch = database.CreateBatch();
await using Stream output = Console.OpenStandardOutput();
byte[] payload = new byte[2_000];
string said = "";
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
    if (replace)
    {
        database.CreateCheckpoint(checkpoint);
        await output.WriteAsync(Encoding.ASCII.GetBytes(said));
        replaced.Replace(checkpoint);
    }

    said = $"{number} {offset}\n";
    await output.WriteAsync(Encoding.ASCII.GetBytes(said));
    if (replace)
    {
        batch.Clear();
        batch.Put("own"u8, Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture)));
        batch.Append(new StoredMessage { Offset = offset + 1, Topic = "t/0", TimestampMs = number, Payload = payload });
        replaced.Write(batch, sync: true);
    }
}
