using System.Diagnostics;
using System.Net;
using SkyTree.Bench.Load;
using SkyTree.Bench.Measuring;

namespace SkyTree.Bench.Durable;

/// <summary>Connects as soon as the broker lets it, and tells the time of day when the CONNACK came.</summary>
internal static class ConnectRun
{
    private const int RetryMilliseconds = 2;

    public static Figures Run(BenchOptions options)
    {
        StoredSet set = new(options);
        IPEndPoint endPoint = options.EndPoint();
        using Worker worker = new(options, pacer: null);
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            using DurableSession session = new(options, set, options.Count);
            try
            {
                session.Open(worker, endPoint, source: null);
            }
            catch (BenchException) when (Stopwatch.GetElapsedTime(start).TotalSeconds < options.Seconds)
            {
                Thread.Sleep(RetryMilliseconds);
                continue;
            }

            TimeSpan now = TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch;
            if (!session.SessionPresent)
            {
                throw new BenchException($"the broker does not know the session of {session.ClientId}");
            }

            session.Leave(worker);
            return new Figures().Add("connack_at_s", now.TotalSeconds, 6);
        }
    }
}
