using System.Diagnostics;
using System.Net;
using SkyTree.Bench.Load;
using SkyTree.Bench.Measuring;

namespace SkyTree.Bench.Durable;

/// <summary>Brings sessions back to what is stored for them, takes and checks all of it, and leaves.</summary>
internal sealed class DrainRun(BenchOptions options)
{
    private readonly StoredSet _set = new(options);
    private long _received;
    private long _lost;
    private long _reordered;
    private long _duplicates;

    public Figures Run()
    {
        using MemorySampler? memory = options.Pid is int process ? new MemorySampler(process) : null;
        double brokerCpu = BrokerCpu();
        double loadCpu = ProcessMeter.CpuMicroseconds(Environment.ProcessId);
        long start = Stopwatch.GetTimestamp();
        SessionCrew.Run(options, options.Count, Drain);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double messages = _received;

        Figures figures = new Figures()
            .Add("sessions", options.Count, 0)
            .Add("messages", messages, 0)
            .Add("seconds", seconds, 3)
            .Add("messages_per_s", messages / seconds, 0)
            .Add("broker_cpu_us_per_message", (BrokerCpu() - brokerCpu) / messages, 4)
            .Add("load_cpu_us_per_message", (ProcessMeter.CpuMicroseconds(Environment.ProcessId) - loadCpu) / messages, 4);
        memory?.Report(figures);
        return figures
            .AddError("lost", _lost)
            .AddError("reordered", _reordered)
            .AddError("duplicates", _duplicates);
    }

    private void Drain(int index, Worker worker, IPEndPoint endPoint, IPAddress? source)
    {
        // Spread evenly over all that there are.
        int number = (int)((long)index * Math.Max(options.Of, options.Count) / options.Count);
        long expected = _set.Expected(number, options.Messages);
        using DurableSession session = new(options, _set, number);
        session.Open(worker, endPoint, source);
        if (!session.SessionPresent)
        {
            throw new BenchException($"the broker does not know the session of {session.ClientId}");
        }

        while (session.Order.Received < expected && worker.Receive(session))
        {
            // Until all is here or, for as long as a receive may take, nothing more comes.
        }

        session.Leave(worker);
        Interlocked.Add(ref _received, session.Order.Received);
        Interlocked.Add(ref _lost, session.Order.Lost(options.Messages));
        Interlocked.Add(ref _reordered, session.Order.Reordered);
        Interlocked.Add(ref _duplicates, session.Order.Duplicates);
    }

    private double BrokerCpu() => options.Pid is int pid ? ProcessMeter.CpuMicroseconds(pid) : double.NaN;
}
