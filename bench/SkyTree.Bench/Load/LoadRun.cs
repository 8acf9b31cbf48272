using System.Diagnostics;
using System.Net;
using SkyTree.Bench.Measuring;

namespace SkyTree.Bench.Load;

/// <summary>Connects the clients of a workload, runs them for the time asked for and measures.</summary>
internal sealed class LoadRun : IDisposable
{
    private static readonly TimeSpan s_drainLimit = TimeSpan.FromSeconds(5);

    private readonly BenchOptions _options;
    private readonly Worker[] _workers;
    private readonly List<Publisher> _publishers = [];
    private readonly List<Subscriber> _subscribers = [];
    private readonly ManualResetEventSlim _failed = new();
    private readonly IPEndPoint _endPoint;
    private readonly IPEndPoint _subscriberEndPoint;

    // Topics and client ids of their own, so that a run meets nothing that an earlier one left.
    private readonly string _run = Environment.ProcessId.ToString("x");

    public LoadRun(BenchOptions options)
    {
        _options = options;
        _endPoint = options.EndPoint();
        _subscriberEndPoint = options.SubscriberEndPoint();
        _workers = new Worker[options.Threads];
        Pacer? pacer = options.Rate is null ? null : new Pacer(options.Rate.Value, options.Workload == Workload.FanOut ? 1 : options.Count);
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Worker(options, pacer);
        }
    }

    public LoadResult Run()
    {
        Connect();
        List<Thread> threads = [];
        foreach (Worker worker in _workers)
        {
            Thread thread = new(() => worker.Run(_ => _failed.Set())) { IsBackground = true, Name = "load" };
            thread.Start();
            threads.Add(thread);
        }

        Wait(_options.WarmupSeconds);
        SetMeasuring(true);
        Reading before = Read();
        Wait(_options.Seconds);
        Reading after = Read();
        SetMeasuring(false);

        Drain();
        foreach (Worker worker in _workers)
        {
            worker.Stop();
        }

        threads.ForEach(thread => thread.Join());
        EndSessions();
        return Summarize(before, after);
    }

    public void Dispose()
    {
        foreach (Worker worker in _workers)
        {
            worker.Dispose();
        }

        _failed.Dispose();
    }

    private void Connect()
    {
        int publishers = _options.Workload == Workload.FanOut ? 1 : _options.Count;
        int readers = _options.Workload == Workload.FanOut ? _options.Count : 1;
        for (int i = 0; i < publishers; i++)
        {
            _publishers.Add(new Publisher(_options, $"bench-{_run}-p{i}", i, $"bench/{_run}/{i:D4}", readers));
        }

        switch (_options.Workload)
        {
            case Workload.Pairs:
                _publishers.ForEach(publisher => AddSubscriber(publisher.Topic, 0, [publisher]));
                break;
            case Workload.FanIn:
                AddSubscriber($"bench/{_run}/+", 0, [.. _publishers]);
                break;
            default:
                for (int slot = 0; slot < readers; slot++)
                {
                    AddSubscriber(_publishers[0].Topic, slot, [_publishers[0]]);
                }

                break;
        }

        // All subscribe before anybody publishes.
        Open(_subscribers, _subscriberEndPoint);
        Open(_publishers, _endPoint);
    }

    private void AddSubscriber(string filter, int slot, Publisher[] publishers) =>
        _subscribers.Add(new Subscriber(_options, $"bench-{_run}-s{_subscribers.Count}", filter, slot, publishers) { Durable = _options.Durable });

    /// <summary>Leaves no durable session behind for the runs that follow.</summary>
    private void EndSessions()
    {
        foreach (Subscriber subscriber in _options.Durable ? _subscribers : [])
        {
            using SessionClient client = new(_options, subscriber.ClientId);
            client.Open(_workers[0], _subscriberEndPoint, source: null);
            client.Leave(_workers[0]);
        }
    }

    private void Open<T>(List<T> connections, IPEndPoint endPoint)
        where T : Connection
    {
        for (int i = 0; i < connections.Count; i++)
        {
            // The two ends of a pair have the same index, and so the same worker.
            Worker worker = _workers[i % _workers.Length];
            worker.Add(connections[i]);
            connections[i].Open(worker, endPoint, source: null);
        }
    }

    private void Wait(double seconds)
    {
        if (_failed.Wait(TimeSpan.FromSeconds(seconds)))
        {
            throw Array.Find(_workers, worker => worker.Failure is not null)?.Failure ?? new BenchException("the load failed");
        }
    }

    /// <summary>Stops sending and lets what is under way arrive, so that the rest can be called lost.</summary>
    private void Drain()
    {
        foreach (Worker worker in _workers)
        {
            worker.StopSending();
        }

        long start = Stopwatch.GetTimestamp();
        do
        {
            Wait(0.02);
        }
        while (!Array.TrueForAll(_workers, worker => worker.Settled) && Stopwatch.GetElapsedTime(start) < s_drainLimit);
    }

    private void SetMeasuring(bool measuring)
    {
        foreach (Worker worker in _workers)
        {
            worker.Measuring = measuring;
        }
    }

    private Reading Read() => new(
        Stopwatch.GetTimestamp(),
        _workers.Sum(worker => worker.Deliveries),
        ProcessMeter.CpuMicroseconds(_options.Pids),
        ProcessMeter.CpuMicroseconds(Environment.ProcessId));

    private LoadResult Summarize(Reading before, Reading after)
    {
        LatencyHistogram latencies = new();
        LatencyHistogram acknowledgements = new();
        foreach (Worker worker in _workers)
        {
            latencies.Add(worker.Latencies);
            acknowledgements.Add(worker.Acknowledgements);
        }

        long deliveries = after.Deliveries - before.Deliveries;
        return new LoadResult
        {
            DeliveriesPerSecond = deliveries / Stopwatch.GetElapsedTime(before.Time, after.Time).TotalSeconds,
            BrokerCpuPerDelivery = ProcessMeter.Busiest(before.BrokerCpu, after.BrokerCpu) / deliveries,
            ClusterCpuPerDelivery = ProcessMeter.Together(before.BrokerCpu, after.BrokerCpu) / deliveries,
            LoadCpuPerDelivery = (after.LoadCpu - before.LoadCpu) / deliveries,
            P50 = latencies.Percentile(0.50),
            P99 = latencies.Percentile(0.99),
            P999 = latencies.Percentile(0.999),
            AcknowledgedP50 = acknowledgements.Percentile(0.50),
            AcknowledgedP99 = acknowledgements.Percentile(0.99),
            ResidentMegabytes = _options.Pid is int pid ? ProcessMeter.ResidentKilobytes(pid) / 1024.0 : double.NaN,
            Lost = _subscribers.Sum(subscriber => subscriber.Lost) + _publishers.Sum(publisher => publisher.Positions.Sum(position => publisher.Sent - position)),
            Reordered = _subscribers.Sum(subscriber => subscriber.Reordered),
            Duplicates = _subscribers.Sum(subscriber => subscriber.Duplicates),
            Refused = _publishers.Sum(publisher => publisher.Refused),
            Unacknowledged = _options.Qos == 0 ? 0 : _publishers.Sum(publisher => publisher.Sent - publisher.Acknowledged),
        };
    }

    private readonly record struct Reading(long Time, long Deliveries, double[] BrokerCpu, double LoadCpu);
}
