using System.Net;
using SkyTree.Bench.Load;

namespace SkyTree.Bench.Durable;

/// <summary>Threads that take sessions in turn, each with its own buffers and its own address on the loopback network.</summary>
internal static class SessionCrew
{
    /// <summary>Does the work once for each of the numbers below the count; ends with the first failure.</summary>
    public static void Run(BenchOptions options, int count, Action<int, Worker, IPEndPoint, IPAddress?> work)
    {
        IPEndPoint endPoint = options.EndPoint();
        BenchException? failure = null;
        int next = -1;
        List<Thread> threads = [];
        for (int i = 0; i < Math.Min(options.Threads, count); i++)
        {
            // A port cannot be used again at once, and one address has some 28,000.
            IPAddress? source = IPAddress.IsLoopback(endPoint.Address) ? IPAddress.Parse($"127.0.0.{1 + i}") : null;
            Thread thread = new(() => TakeTurns(source)) { IsBackground = true, Name = "sessions" };
            thread.Start();
            threads.Add(thread);
        }

        threads.ForEach(thread => thread.Join());
        if (failure is not null)
        {
            throw failure;
        }

        void TakeTurns(IPAddress? source)
        {
            using Worker worker = new(options, pacer: null);
            try
            {
                for (int number; Volatile.Read(ref failure) is null && (number = Interlocked.Increment(ref next)) < count;)
                {
                    work(number, worker, endPoint, source);
                }
            }
            catch (BenchException e)
            {
                Volatile.Write(ref failure, e);
            }
        }
    }
}
