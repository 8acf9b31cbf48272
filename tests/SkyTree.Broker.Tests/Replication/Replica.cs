using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Broker.Tests.Model;
using SkyTree.Core;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;
using SkyTree.Core.Sessions;
using SkyTree.Core.Sessions.Limits;

namespace SkyTree.Broker.Tests.Replication;

/// <summary>A node's state and its database, given entries of a log.</summary>
internal sealed class Replica
{
    public Replica(Guid node, CrashableDisk? disk = null)
    {
        Database = new CrashableDatabase(disk ?? new CrashableDisk());
        var store = new StoreOptions { QueueLimits = new QueueLimits { MaximumMessages = 1_000 } };
        var context = new SessionContext(new BrokerOptions(), store, Database.Messages, new DropLedger(), TimeProvider.System, new BrokerLog(NullLogger.Instance)) { Node = node };
        State = new BrokerState(context);
        context.Replicator = new Mirror.Nobody();
    }

    public CrashableDatabase Database { get; }

    public BrokerState State { get; }

    /// <summary>Applies an entry's commands and writes what they change.</summary>
    public void Apply(long index, Guid proposer, long nowMs, IEnumerable<byte[]> commands)
    {
        using StateBatch batch = Database.CreateBatch();
        foreach (byte[] command in commands)
        {
            State.Begin(batch, keeps: true, full: false, proposer);
            CommandFormat.Read(command, State).Run(State, nowMs);
            State.End(nowMs, out _, out _);
        }

        State.EndEntry(batch, index, [proposer]);
        Database.Write(batch, sync: false);
    }

    /// <summary>All that is in the database, but for what no command writes.</summary>
    public async Task<List<string>> ReadAllAsync()
    {
        List<string> all = [];
        Database.Read([], (key, value) =>
        {
            if (key[0] is not (StateKey.Layout or StateKey.Store))
            {
                all.Add($"{(char)key[0]} {Convert.ToHexString(key[1..])} {System.Text.Encoding.ASCII.GetString(key[1..])} = {Convert.ToHexString(value)}");
            }

            return true;
        });
        all.AddRange((await Database.Messages.ReadLogAsync(0, null, int.MaxValue)).Messages.Select(m => $"{m.Offset} {m.Topic} {m.TimestampMs}"));
        return all;
    }
}
