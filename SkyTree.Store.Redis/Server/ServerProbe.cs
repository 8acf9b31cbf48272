using System.Net;
using System.Net.Sockets;

namespace SkyTree.Store.Redis.Server;

/// <summary>
/// Finds out whether anybody listens where a server should be. The client library waits for its whole timeout, and then does
/// not say why.
/// </summary>
internal static class ServerProbe
{
    /// <exception cref="SocketException">Nobody can be reached; says why for the last one tried.</exception>
    public static async Task ReachAnyAsync(IEnumerable<EndPoint> endPoints, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(timeout);
        SocketException? reason = null;
        await foreach (Task reaching in Task.WhenEach(endPoints.Select(e => ReachAsync(e, end.Token))).ConfigureAwait(false))
        {
            try
            {
                await reaching.ConfigureAwait(false);
                await end.CancelAsync().ConfigureAwait(false);
                return;
            }
            catch (SocketException e)
            {
                reason = e;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                reason ??= new SocketException((int)SocketError.TimedOut);
            }
        }

        throw reason!;
    }

    private static async Task ReachAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        using Socket socket = endPoint.AddressFamily == AddressFamily.Unix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
    }
}
