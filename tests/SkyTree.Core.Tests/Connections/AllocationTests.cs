using SkyTree.Core.Protocol;
using Xunit;

namespace SkyTree.Core.Tests.Connections;

/// <summary>
/// From the bytes of a PUBLISH to the bytes that its subscribers get, and back with the acknowledgements: nothing is
/// allocated. All of it runs on the test's thread, so the count is exact.
/// </summary>
public sealed class AllocationTests
{
    // All of it stays within the turn that a connection has on a thread: behind it the broker would go on elsewhere.
    private const int Batch = 40;
    private const int Rounds = 5;

    [Theory]
    [InlineData(QoS.AtMostOnce, ProtocolVersion.V5, ProtocolVersion.V5)]
    [InlineData(QoS.AtMostOnce, ProtocolVersion.V311, ProtocolVersion.V5)]
    [InlineData(QoS.AtLeastOnce, ProtocolVersion.V5, ProtocolVersion.V5)]
    [InlineData(QoS.AtLeastOnce, ProtocolVersion.V5, ProtocolVersion.V311)]
    [InlineData(QoS.AtLeastOnce, ProtocolVersion.V31, ProtocolVersion.V31)]
    public void A_message_to_a_transient_subscriber_allocates_nothing(QoS qos, ProtocolVersion publishers, ProtocolVersion subscribers)
    {
        using var broker = new InlineBroker();
        InlineClient subscriber = broker.Connect("subscriber", subscribers);
        subscriber.Subscribe("plant/+/temperature", qos);
        byte[] packets = PublishBatch.Encode(Enumerable.Range(0, Batch).Select(i => $"plant/{i}/temperature"), qos, publishers);
        AssertNothingAllocated(broker.Connect("publisher", publishers), packets, qos, [subscriber]);
    }

    [Theory]
    [InlineData(QoS.AtMostOnce)]
    [InlineData(QoS.AtLeastOnce)]
    public void A_message_to_two_hundred_subscribers_of_all_versions_allocates_nothing(QoS qos)
    {
        using var broker = new InlineBroker();
        InlineClient[] subscribers =
        [
            .. Enumerable.Range(0, 200).Select(i => broker.Connect($"subscriber-{i}", (ProtocolVersion)(3 + (i % 3)))),
        ];
        foreach (InlineClient subscriber in subscribers)
        {
            subscriber.Subscribe("news/#", qos);
        }

        byte[] packets = PublishBatch.Encode(Enumerable.Repeat("news/today", Batch), qos);
        AssertNothingAllocated(broker.Connect("publisher"), packets, qos, subscribers);
    }

    [Theory]
    [InlineData(QoS.AtMostOnce)]
    [InlineData(QoS.AtLeastOnce)]
    public void Properties_subscription_identifiers_and_expiry_allocate_nothing(QoS qos)
    {
        using var broker = new InlineBroker();
        InlineClient subscriber = broker.Connect("subscriber");
        subscriber.Subscribe("a/#", qos, identifier: 7);
        subscriber.Subscribe("a/b", qos, identifier: 300);
        byte[] properties = [0x02, 0, 0, 1, 0, 0x26, 0, 1, (byte)'k', 0, 1, (byte)'v'];
        byte[] packets = PublishBatch.Encode(Enumerable.Repeat("a/b", Batch), qos, properties: properties);
        AssertNothingAllocated(broker.Connect("publisher"), packets, qos, [subscriber]);
    }

    [Fact]
    public void Topic_aliases_both_ways_allocate_nothing()
    {
        using var broker = new InlineBroker();
        InlineClient subscriber = broker.Connect("subscriber", topicAliasMaximum: 10);
        subscriber.Subscribe("plant/#", QoS.AtLeastOnce);
        byte[] packets = PublishBatch.Encode(Enumerable.Repeat("plant/7", Batch), QoS.AtLeastOnce, properties: [0x23, 0, 5]);
        AssertNothingAllocated(broker.Connect("publisher"), packets, QoS.AtLeastOnce, [subscriber]);
    }

    [Fact]
    public void A_message_that_nobody_wants_allocates_nothing()
    {
        using var broker = new InlineBroker();
        byte[] packets = PublishBatch.Encode(Enumerable.Repeat("nobody/wants/it", Batch), QoS.AtLeastOnce);
        AssertNothingAllocated(broker.Connect("publisher"), packets, QoS.AtLeastOnce, []);
    }

    private static void AssertNothingAllocated(InlineClient publisher, byte[] packets, QoS qos, InlineClient[] subscribers)
    {
        // The first rounds size buffers and tables.
        for (int i = 0; i < 5; i++)
        {
            Round(publisher, packets, subscribers);
        }

        // The runtime allocates for itself when it compiles a method anew, once. A message's own cost would be in each window.
        long least = long.MaxValue;
        for (int window = 0; window < 5 && least > 0; window++)
        {
            least = Math.Min(least, Measure(publisher, packets, qos, subscribers));
        }

        Assert.Equal(0, least);
    }

    private static long Measure(InlineClient publisher, byte[] packets, QoS qos, InlineClient[] subscribers)
    {
        int delivered = 0;
        int acknowledged = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Rounds; i++)
        {
            (int messages, int acks) = Round(publisher, packets, subscribers);
            delivered += messages;
            acknowledged += acks;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(Batch * Rounds * subscribers.Length, delivered);
        Assert.Equal(qos == QoS.AtMostOnce ? 0 : Batch * Rounds, acknowledged);
        return allocated;
    }

    private static (int Messages, int Acks) Round(InlineClient publisher, byte[] packets, InlineClient[] subscribers)
    {
        publisher.Send(packets);
        int messages = 0;
        foreach (InlineClient subscriber in subscribers)
        {
            messages += subscriber.Receive().Messages;
        }

        return (messages, publisher.Receive().Acks);
    }
}
