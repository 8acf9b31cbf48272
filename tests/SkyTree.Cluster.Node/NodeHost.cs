using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using SkyTree.Cluster.Raft;
using SkyTree.Cluster.Security;

namespace SkyTree.Cluster.Node;

/// <summary>A node with its state and its control port, in this process or in one of its own.</summary>
internal sealed class NodeHost : IAsyncDisposable
{
    public const string ControlKey = "control";

    private NodeHost(KeyValueState state, RaftNode raft, ControlServer control, ControlTransfer transfer)
    {
        State = state;
        Raft = raft;
        Control = control;
        Transfer = transfer;
    }

    public KeyValueState State { get; }

    public RaftNode Raft { get; }

    public ControlServer Control { get; }

    public ControlTransfer Transfer { get; }

    public static async Task<NodeHost> StartAsync(string folder, RaftNodeOptions options, ILoggerFactory loggers, Action<KeyValueState>? prepare = null)
    {
        Directory.CreateDirectory(folder);
        KeyValueState state = new(Path.Combine(folder, "state"));
        prepare?.Invoke(state);
        ControlServer control = new();
        ControlTransfer transfer = new();
        options = options with { Metadata = new Dictionary<string, string> { [ControlKey] = control.Port.ToString(CultureInfo.InvariantCulture) } };
        RaftNode raft = new(options, state, transfer, loggers);
        try
        {
            await raft.StartAsync(CancellationToken.None);
        }
        catch
        {
            await raft.DisposeAsync();
            control.Dispose();
            await state.DisposeAsync();
            throw;
        }

        control.Start(raft, state);
        return new NodeHost(state, raft, control, transfer);
    }

    /// <summary>Options from a program's arguments: FOLDER NODEID ENDPOINT seed|join|found SEEDS [NAME=VALUE ...].</summary>
    public static RaftNodeOptions ParseOptions(string[] args)
    {
        RaftNodeOptions options = new()
        {
            Folder = Path.Combine(args[0], "raft"),
            NodeId = args[1],
            PublicEndPoint = IPEndPoint.Parse(args[2]),
            Start = Enum.Parse<RaftStart>(args[3], ignoreCase: true),
            Seeds = [.. args[4].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(IPEndPoint.Parse)],
        };
        foreach (string[] pair in args.Skip(5).Select(arg => arg.Split('=', 2)))
        {
            options = pair[0] switch
            {
                "secret" => options with { Certificate = ClusterCertificate.FromSecret(pair[1]) },
                "snapshot" => options with { SnapshotAfterMegabytes = int.Parse(pair[1], CultureInfo.InvariantCulture) },
                "election" => options with { ElectionTimeoutMilliseconds = int.Parse(pair[1], CultureInfo.InvariantCulture) },
                "request" => options with { RequestTimeoutMilliseconds = int.Parse(pair[1], CultureInfo.InvariantCulture) },
                "connect" => options with { ConnectTimeoutMilliseconds = int.Parse(pair[1], CultureInfo.InvariantCulture) },
                "heartbeat" => options with { HeartbeatMilliseconds = int.Parse(pair[1], CultureInfo.InvariantCulture) },
                _ => throw new ArgumentException($"'{pair[0]}' is no option."),
            };
        }

        return options;
    }

    public async ValueTask DisposeAsync()
    {
        Control.Dispose();
        await Raft.DisposeAsync();
        await State.DisposeAsync();
    }
}
