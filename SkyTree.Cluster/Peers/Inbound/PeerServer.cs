using System.Buffers.Binary;
using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using SkyTree.Cluster.Peers.Frames;
using SkyTree.Cluster.Peers.Protocol;

namespace SkyTree.Cluster.Peers.Inbound;

/// <summary>What a node serves to its peers over gRPC.</summary>
internal sealed class PeerServer(PeerLinksOptions options, IPeerHandler handler, TimeProvider timeProvider, ILogger logger) : IDisposable
{
    private readonly InboundStreams _streams = new(options.PingInterval, timeProvider);
    private readonly Refusals _refusals = new();

    private PeerHello Self => PeerHello.Of(options);

    /// <summary>The methods, to be mapped.</summary>
    public ServerServiceDefinition Definition => ServerServiceDefinition.CreateBuilder()
        .AddMethod(PeerMethods.Frames, FramesAsync)
        .AddMethod(PeerMethods.Ping, PingAsync)
        .AddMethod(PeerMethods.Request, RequestAsync)
        .AddMethod(PeerMethods.ReadFile, ReadFileAsync)
        .Build();

    /// <summary>Ends all streams and takes none from now on.</summary>
    public Task CloseAsync() => _streams.CloseAsync();

    public void Dispose() => _streams.Dispose();

    private async Task<PeerMessage> FramesAsync(IAsyncStreamReader<PooledBytes> messages, ServerCallContext context)
    {
        PeerHello peer = Admit(context);
        InboundStream stream = new(peer, context.GetHttpContext().Features.GetRequiredFeature<IConnectionLifetimeFeature>());
        if (await _streams.EnterAsync(stream, context.CancellationToken).ConfigureAwait(false) is { } refusal)
        {
            throw Refuse(peer, context, refusal);
        }

        _refusals.Forget(peer.Node);
        bool isConnected = false;
        string reason = "the node has ended it, or the connection was lost";
        try
        {
            handler.OnConnected(peer.Node, peer.Incarnation);
            isConnected = true;
            Log.PeerUp(logger, peer.Node);
            await context.WriteResponseHeadersAsync(Self.ToHeaders()).ConfigureAwait(false);
            await stream.ReadAsync(messages, handler).ConfigureAwait(false);
            reason = stream.Reason ?? reason;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException && context.CancellationToken.IsCancellationRequested)
        {
            // It went away while it was being accepted.
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.FrameFailed(logger, exception, peer.Node);
            reason = "this node failed";
        }
        finally
        {
            if (isConnected)
            {
                Leave(peer, reason);
            }

            _streams.Leave(stream);
        }

        throw new RpcException(new Status(StatusCode.Unavailable, reason));
    }

    private void Leave(PeerHello peer, string reason)
    {
        Log.PeerDown(logger, peer.Node, reason);
        try
        {
            handler.OnDisconnected(peer.Node, peer.Incarnation);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.HandlerFailed(logger, exception, peer.Node);
        }
    }

    private Task<PeerMessage> PingAsync(PeerMessage message, ServerCallContext context)
    {
        PeerHello peer = Admit(context);
        return message.Body.Length == sizeof(long)
            && _streams.Heard(peer.Node, peer.Incarnation, BinaryPrimitives.ReadInt64LittleEndian(message.Body.Span))
                ? Task.FromResult(PeerMessage.Empty)
                : throw new RpcException(new Status(StatusCode.NotFound, "the stream has ended"));
    }

    private async Task<PeerMessage> RequestAsync(PeerMessage message, ServerCallContext context)
    {
        PeerHello peer = Admit(context);
        try
        {
            return new PeerMessage(0, await handler.OnRequestAsync(peer.Node, message.Kind, message.Body, context.CancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            throw Failure(exception, message.Kind, peer, context);
        }
    }

    private async Task<PooledBytes> ReadFileAsync(PeerMessage message, ServerCallContext context)
    {
        PeerHello peer = Admit(context);
        try
        {
            FilePiece piece = FilePiece.Read(message);
            Stream file = handler.OpenFile(peer.Node, piece.Name)
                ?? throw new PeerException(PeerError.Refused, $"there is no file '{piece.Name}'");
            await using (file.ConfigureAwait(false))
            {
                file.Position = piece.Offset;
                PooledBytes bytes = PooledBytes.Rent(PeerMethods.PieceBytes);
                bytes.Length = await file.ReadAtLeastAsync(
                    bytes.Array.AsMemory(0, PeerMethods.PieceBytes), PeerMethods.PieceBytes, throwOnEndOfStream: false, context.CancellationToken).ConfigureAwait(false);
                return bytes;
            }
        }
        catch (Exception exception)
        {
            throw Failure(exception, message.Kind, peer, context);
        }
    }

    /// <summary>Who calls, if it may.</summary>
    private PeerHello Admit(ServerCallContext context)
    {
        PeerHello peer = PeerHello.TryRead(context.RequestHeaders)
            ?? throw new RpcException(new Status(StatusCode.FailedPrecondition, "the caller does not say which node it is"));
        return Self.RefusalOf(peer) is { } reason ? throw Refuse(peer, context, reason) : peer;
    }

    /// <summary>The reason is told from this side's view, and both sides log it.</summary>
    private RpcException Refuse(PeerHello peer, ServerCallContext context, string reason)
    {
        if (_refusals.TryAdd(peer.Node, reason))
        {
            Log.PeerRefused(logger, peer.Node, context.Peer, reason);
        }

        handler.OnRefused(peer.Node, reason);

        return new RpcException(new Status(StatusCode.FailedPrecondition, $"node {options.Node} has refused this one: {reason}"));
    }

    private RpcException Failure(Exception exception, byte kind, PeerHello peer, ServerCallContext context)
    {
        switch (exception)
        {
            case PeerException { Error: PeerError.Refused }:
                return new RpcException(new Status(StatusCode.FailedPrecondition, exception.Message));
            case OperationCanceledException when context.CancellationToken.IsCancellationRequested:
                return new RpcException(new Status(StatusCode.Cancelled, "given up by the caller"));
            default:
                Log.RequestFailed(logger, exception, kind, peer.Node);
                Metadata trailers = new() { { PeerHeaders.Failure, "1" } };
                return new RpcException(new Status(StatusCode.Internal, $"{exception.GetType().Name}: {exception.Message}"), trailers);
        }
    }
}
