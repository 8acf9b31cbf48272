using System.Net;
using SkyTree.Bench.Load;
using SkyTree.Bench.Measuring;
using SkyTree.Bench.Native;

namespace SkyTree.Bench.Idle;

/// <summary>Connects clients that subscribe and then do nothing, and reads what each costs the broker in memory.</summary>
internal static class IdleRun
{
    private const int ConnectionsPerSource = 20_000;

    public static IdleResult Run(BenchOptions options)
    {
        int pid = options.Pid!.Value;
        RaiseDescriptorLimit(options.Count + 256);
        IPEndPoint endPoint = options.EndPoint();
        string run = Environment.ProcessId.ToString("x");

        long before = ProcessMeter.ResidentKilobytes(pid);
        using Worker worker = new(options, pacer: null);
        for (int i = 0; i < options.Count; i++)
        {
            Subscriber subscriber = new(options, $"bench-{run}-i{i}", $"bench/{run}/{i:D5}", slot: 0, publishers: []);
            worker.Add(subscriber);

            // One address has some 28,000 ports to connect from, so others of the loopback network help out.
            IPAddress? source = IPAddress.IsLoopback(endPoint.Address) && options.Count > ConnectionsPerSource
                ? IPAddress.Parse($"127.0.0.{1 + i / ConnectionsPerSource}")
                : null;
            subscriber.Open(worker, endPoint, source);
        }

        Thread.Sleep(TimeSpan.FromSeconds(options.WarmupSeconds));
        double cpuBefore = ProcessMeter.CpuMicroseconds(pid);
        Thread.Sleep(TimeSpan.FromSeconds(options.Seconds));
        double cpu = ProcessMeter.CpuMicroseconds(pid) - cpuBefore;
        long after = ProcessMeter.ResidentKilobytes(pid);
        return new IdleResult(options.Count, before, after, cpu / 1e6 / options.Seconds);
    }

    private static unsafe void RaiseDescriptorLimit(int needed)
    {
        Libc.Limit limit;
        _ = Libc.GetLimit(Libc.RLIMIT_NOFILE, &limit);
        if (limit.Soft >= (ulong)needed)
        {
            return;
        }

        // The hard limit may be raised by root only.
        limit = new Libc.Limit { Soft = (ulong)needed, Hard = Math.Max(limit.Hard, (ulong)needed) };
        if (Libc.SetLimit(Libc.RLIMIT_NOFILE, &limit) < 0)
        {
            throw new BenchException($"{needed} open files are needed: raise ulimit -n");
        }
    }
}
