using System.Diagnostics;
using SkyTree.Crash.Tests.Wire;

namespace SkyTree.Cluster.Tests.Operating;

/// <summary>A client that knows all nodes, and connects again and again to the first that admits it.</summary>
/// <param name="ports">Where it tries, in this order.</param>
internal sealed class Prober(IReadOnlyList<int> ports)
{
    /// <summary>The longest time in which no node admitted it.</summary>
    public TimeSpan LongestRefusal { get; private set; }

    /// <summary>How often it was admitted.</summary>
    public int Connections { get; private set; }

    /// <summary>Goes on until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        long last = Stopwatch.GetTimestamp();
        while (!stop.IsCancellationRequested)
        {
            bool admitted = false;
            foreach (int port in ports)
            {
                try
                {
                    if (await WireClient.TryConnectAsync(port, "prober") is { } connected)
                    {
                        connected.Client.Dispose();
                        if (connected.Answer is { Type: PacketType.ConnAck, Reason: 0 })
                        {
                            Connections++;
                            admitted = true;
                            break;
                        }
                    }
                }
                catch (TimeoutException)
                {
                    // That long, then; the next node is tried.
                }
            }

            TimeSpan refused = Stopwatch.GetElapsedTime(last);
            LongestRefusal = refused > LongestRefusal ? refused : LongestRefusal;
            last = admitted ? Stopwatch.GetTimestamp() : last;
            await Task.Delay(20, CancellationToken.None);
        }
    }
}
