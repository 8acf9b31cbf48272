using System.Buffers;
using System.Collections.Concurrent;
using SkyTree.Cluster.Peers;

namespace SkyTree.Cluster.Tests.Peers;

/// <summary>Notes what comes, and checks that it comes in the order that the contract names.</summary>
internal sealed class TestHandler : IPeerHandler
{
    private readonly ConcurrentDictionary<NodeId, long> _connected = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private int _inside;
    private int _batches;
    private int _connects;
    private int _disconnects;
    private int _linkUps;
    private int _linkDowns;

    /// <summary>Called for each frame.</summary>
    public Action<NodeId, byte, ReadOnlySequence<byte>> Frame { get; set; } = (_, _, _) => { };

    /// <summary>Answers requests.</summary>
    public Func<byte, ReadOnlyMemory<byte>, CancellationToken, ValueTask<ReadOnlyMemory<byte>>> Request { get; set; }
        = (_, body, _) => ValueTask.FromResult(body);

    /// <summary>Where files come from.</summary>
    public Func<string, Stream?> File { get; set; } = _ => null;

    /// <summary>Nodes that were refused, and why.</summary>
    public ConcurrentQueue<(NodeId Node, string Reason)> Refused { get; } = new();

    /// <summary>Breaches of the contract.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>Who is connected, with its incarnation.</summary>
    public IReadOnlyDictionary<NodeId, long> Connected => _connected;

    public int Batches => Volatile.Read(ref _batches);

    public int Connects => Volatile.Read(ref _connects);

    public int Disconnects => Volatile.Read(ref _disconnects);

    public int LinkUps => Volatile.Read(ref _linkUps);

    public int LinkDowns => Volatile.Read(ref _linkDowns);

    public void OnConnected(NodeId from, long incarnation)
    {
        Interlocked.Increment(ref _connects);
        if (!_connected.TryAdd(from, incarnation))
        {
            _faults.Enqueue("connected twice");
        }
    }

    public void OnFrame(NodeId from, byte kind, ReadOnlySequence<byte> body)
    {
        if (!_connected.ContainsKey(from))
        {
            _faults.Enqueue("a frame of a node that is not connected");
        }

        if (_connected.Count == 1 && Interlocked.Exchange(ref _inside, 1) != 0)
        {
            _faults.Enqueue("two frames of a node at a time");
        }

        try
        {
            Frame(from, kind, body);
        }
        finally
        {
            Volatile.Write(ref _inside, 0);
        }
    }

    public void OnBatchEnd(NodeId from) => Interlocked.Increment(ref _batches);

    public void OnDisconnected(NodeId from, long incarnation)
    {
        Interlocked.Increment(ref _disconnects);
        if (!_connected.TryRemove(new KeyValuePair<NodeId, long>(from, incarnation)))
        {
            _faults.Enqueue("disconnected without having been connected");
        }
    }

    public ValueTask<ReadOnlyMemory<byte>> OnRequestAsync(NodeId from, byte kind, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
        => Request(kind, body, cancellationToken);

    public Stream? OpenFile(NodeId from, string name) => File(name);

    public void OnRefused(NodeId from, string reason) => Refused.Enqueue((from, reason));

    public void OnLinkUp(PeerLink link) => Interlocked.Increment(ref _linkUps);

    public void OnLinkDown(PeerLink link) => Interlocked.Increment(ref _linkDowns);
}
