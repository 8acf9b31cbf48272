using System.Buffers;
using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;
using SkyTree.Cluster.Peers.Frames;
using SkyTree.Cluster.Peers.Protocol;

namespace SkyTree.Cluster.Peers.Inbound;

/// <summary>A peer's stream to this node.</summary>
internal sealed class InboundStream(PeerHello peer, IConnectionLifetimeFeature connection)
{
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Set once, by the first who ends it.
    private string? _reason;

    // Raised by the watch, set back by pings.
    private int _silence;

    public PeerHello Peer => peer;

    /// <summary>Completed when it has been left: nothing of it reaches the handler afterwards.</summary>
    public Task Left => _left.Task;

    /// <summary>Why it was ended from here; null when it was not.</summary>
    public string? Reason => Volatile.Read(ref _reason);

    /// <summary>The peer has asked whether it is there.</summary>
    public void Heard() => Volatile.Write(ref _silence, 0);

    /// <summary>Called at intervals; returns how many of them there were since the peer was heard.</summary>
    public int CountSilence() => Interlocked.Increment(ref _silence);

    /// <summary>Ends it with its connection, without asking the other side.</summary>
    public void End(string reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is null)
        {
            connection.Abort();
        }
    }

    /// <summary>Says that nothing of it reaches the handler any more.</summary>
    public void Leave() => _left.TrySetResult();

    /// <summary>Hands frames to the handler until the stream ends.</summary>
    /// <exception cref="Exception">What the handler throws, or <see cref="InvalidDataException"/>; the stream is then to be ended.</exception>
    public async Task ReadAsync(IAsyncStreamReader<PooledBytes> messages, IPeerHandler handler)
    {
        while (await MoveNextAsync(messages).ConfigureAwait(false))
        {
            using PooledBytes message = messages.Current;
            for (int at = 0; at < message.Length;)
            {
                (byte kind, int length) = FrameFormat.ReadHeader(message.Span[at..]);
                at += FrameFormat.HeaderSize;
                handler.OnFrame(peer.Node, kind, new ReadOnlySequence<byte>(message.Array, at, length));
                at += length;
            }

            handler.OnBatchEnd(peer.Node);
        }
    }

    private async Task<bool> MoveNextAsync(IAsyncStreamReader<PooledBytes> messages)
    {
        try
        {
            return Reason is null && await messages.MoveNext(CancellationToken.None).ConfigureAwait(false) && Reason is null;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException or RpcException)
        {
            // The connection is gone, or half a message came before it went.
            return false;
        }
    }
}
