using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using SkyTree.Core.Protocol;
using SkyTree.Core.Tests.Connections;

namespace SkyTree.Bench.Micro;

/// <summary>
/// A message's whole way through the broker: bytes of PUBLISH in, parsed, authorized, matched, encoded, out to the
/// subscribers; at QoS 1 with PUBACK both ways. Per delivery, with what the inline clients cost.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Close is called at the end.")]
public class TransientPathBenchmarks
{
    private const int Publishes = 1_000;
    private const int Subscribers = 200;
    private const int FanoutPublishes = 20;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private InlineBroker _broker = null!;
    private InlineClient _publisher = null!;
    private InlineClient[] _subscribers = null!;
    private byte[] _packets = null!;
    private int _deliveries;
    private int _acks;

    [GlobalSetup(Target = nameof(OneToOneQoS0))]
    public void ConnectOneQoS0() => Connect(1, DeviceTopics, QoS.AtMostOnce);

    [GlobalSetup(Target = nameof(OneToOneQoS1))]
    public void ConnectOneQoS1() => Connect(1, DeviceTopics, QoS.AtLeastOnce);

    [GlobalSetup(Target = nameof(FanoutQoS0))]
    public void ConnectManyQoS0() => Connect(Subscribers, OneTopic, QoS.AtMostOnce);

    [GlobalSetup(Target = nameof(FanoutQoS1))]
    public void ConnectManyQoS1() => Connect(Subscribers, OneTopic, QoS.AtLeastOnce);

    [GlobalCleanup]
    public void Close() => _broker.Dispose();

    [Benchmark(Description = "1 to 1, QoS 0, 64 B", OperationsPerInvoke = Publishes)]
    public void OneToOneQoS0() => Round();

    [Benchmark(Description = "1 to 1, QoS 1, 64 B", OperationsPerInvoke = Publishes)]
    public void OneToOneQoS1() => Round();

    [Benchmark(Description = "1 to 200, QoS 0, 64 B", OperationsPerInvoke = FanoutPublishes * Subscribers)]
    public void FanoutQoS0() => Round();

    [Benchmark(Description = "1 to 200, QoS 1, 64 B", OperationsPerInvoke = FanoutPublishes * Subscribers)]
    public void FanoutQoS1() => Round();

    private static string[] DeviceTopics => [.. Enumerable.Range(0, Publishes).Select(i => $"plant/{i}/temperature")];

    private static string[] OneTopic => [.. Enumerable.Repeat("plant/7/temperature", FanoutPublishes)];

    private void Connect(int subscribers, string[] topics, QoS qos)
    {
        _broker = new InlineBroker();
        _publisher = _broker.Connect("publisher");
        _subscribers = [.. Enumerable.Range(0, subscribers).Select(i => _broker.Connect($"subscriber-{i}"))];
        foreach (InlineClient subscriber in _subscribers)
        {
            subscriber.Subscribe("plant/+/temperature", qos);
        }

        _packets = PublishBatch.Encode(topics, qos);
        _deliveries = topics.Length * subscribers;
        _acks = qos == QoS.AtMostOnce ? 0 : topics.Length;
    }

    private void Round()
    {
        _publisher.Send(_packets);
        int messages = 0;
        int acks = 0;
        SpinWait spin = default;
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            foreach (InlineClient subscriber in _subscribers)
            {
                messages += subscriber.Receive().Messages;
            }

            acks += _publisher.Receive().Acks;
            if (messages == _deliveries && acks == _acks)
            {
                return;
            }

            if (messages > _deliveries || acks > _acks || Stopwatch.GetElapsedTime(start) > s_limit)
            {
                throw new InvalidOperationException($"{messages} messages and {acks} acknowledgements");
            }

            // A client that has sent much is handled by another thread for once, so that others have their turn on this one.
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }
}
