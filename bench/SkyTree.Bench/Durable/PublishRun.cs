using System.Diagnostics;
using System.Net;
using SkyTree.Bench.Load;
using SkyTree.Bench.Measuring;

namespace SkyTree.Bench.Durable;

/// <summary>
/// Publishes a number of messages and waits until the last is acknowledged. Some before them warm the broker up; the
/// time counts from when these are acknowledged, without a pause.
/// </summary>
internal sealed class PublishRun : IDisposable
{
    private static readonly TimeSpan s_stallLimit = TimeSpan.FromSeconds(30);

    private readonly BenchOptions _options;
    private readonly Worker _worker;
    private readonly List<Publisher> _publishers = [];

    public PublishRun(BenchOptions options)
    {
        _options = options;
        _worker = new Worker(options, pacer: null);
        StoredSet set = new(options);
        IPEndPoint endPoint = options.EndPoint();
        for (int i = 0; i < options.Publishers; i++)
        {
            string clientId = $"bench-{options.Name}-p{i}";
            Publisher publisher = new(options, clientId, i, set.Topic(0), readers: 0, set.Cycle()) { Due = set.Share(i, Total) };
            _worker.Add(publisher);
            publisher.Open(_worker, endPoint, source: null);
            _publishers.Add(publisher);
        }
    }

    private long Total => _options.Count + (long)_options.WarmupMessages;

    private long Acknowledged => _publishers.Sum(publisher => publisher.Acknowledged);

    public Figures Run()
    {
        Thread thread = new(() => _worker.Run(_ => { })) { IsBackground = true, Name = "load" };
        thread.Start();
        Reading before = WaitFor(_options.WarmupMessages);
        Reading after = WaitFor(Total);
        _worker.Stop();
        thread.Join();

        long messages = after.Messages - before.Messages;
        double seconds = Stopwatch.GetElapsedTime(before.Time, after.Time).TotalSeconds;
        return new Figures()
            .Add("messages", messages, 0)
            .Add("seconds", seconds, 3)
            .Add("messages_per_s", messages / seconds, 0)
            .Add("broker_cpu_us_per_message", (after.BrokerCpu - before.BrokerCpu) / messages, 4)
            .Add("load_cpu_us_per_message", (after.LoadCpu - before.LoadCpu) / messages, 4)
            .AddError("refused", _publishers.Sum(publisher => publisher.Refused));
    }

    public void Dispose() => _worker.Dispose();

    private Reading WaitFor(long acknowledged)
    {
        long last = -1;
        long progress = Stopwatch.GetTimestamp();
        for (long now; (now = Acknowledged) < acknowledged; Thread.Sleep(1))
        {
            if (now != last)
            {
                (last, progress) = (now, Stopwatch.GetTimestamp());
            }
            else if (Stopwatch.GetElapsedTime(progress) > s_stallLimit)
            {
                throw new BenchException($"the broker has acknowledged {now} of {acknowledged} messages and no more for {s_stallLimit.TotalSeconds:F0} s");
            }

            if (_worker.Failure is { } failure)
            {
                throw failure;
            }
        }

        return new Reading(
            Stopwatch.GetTimestamp(),
            Acknowledged,
            _options.Pid is int pid ? ProcessMeter.CpuMicroseconds(pid) : double.NaN,
            ProcessMeter.CpuMicroseconds(Environment.ProcessId));
    }

    private readonly record struct Reading(long Time, long Messages, double BrokerCpu, double LoadCpu);
}
