using CsCheck;
using SkyTree.Core.Messages;
using SkyTree.Core.Subscriptions;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Messages;

public sealed class RetainedTests
{
    private static readonly Gen<string> s_topic =
        Pick.OneOf("a", "b", "", "$x").Array[1, 4].Select(levels => string.Join('/', levels)).Where(topic => topic.Length > 0);

    private static readonly Gen<string> s_filter = Gen.Select(
        Pick.OneOf("a", "b", "", "$x", "+", "+").Array[0, 4],
        Gen.Bool,
        (levels, below) => string.Join('/', below ? [.. levels, "#"] : levels)).Where(filter => filter.Length > 0);

    private static readonly Gen<(string Topic, int What, long Expiry)> s_step = Gen.Select(s_topic, Gen.Int[0, 9], Gen.Long[1, 100]);

    [Fact]
    [Trait("Spec", "MQTT-3.3.1-5")]
    [Trait("Spec", "MQTT-3.3.1-6")]
    [Trait("Spec", "MQTT-3.3.1-7")]
    public void Whatever_is_set_cleared_and_expires_a_filter_finds_what_a_plain_table_finds() =>
        Gen.Select(s_step.Array[0, 60], s_filter.Array[1, 8]).Sample(
            (steps, filters) =>
            {
                const int maximum = 20;
                var retained = new Retained();
                var model = new Dictionary<string, StoredMessage>(StringComparer.Ordinal);
                long now = 0;
                foreach ((string topic, int what, long expiry) in steps)
                {
                    switch (what)
                    {
                        case 0:
                            Assert.Equal(model.Remove(topic), retained.Clear(topic));
                            break;
                        case 1:
                            now += 10;
                            retained.RemoveExpired(now, int.MaxValue);
                            foreach (string expired in model.Where(p => p.Value.ExpiresAtMs <= now).Select(p => p.Key).ToArray())
                            {
                                model.Remove(expired);
                            }

                            break;
                        default:
                            StoredMessage message = Message(topic, what % 2 == 0 ? now + expiry : null);
                            bool fits = model.ContainsKey(topic) || model.Count < maximum;
                            Assert.Equal(fits, retained.TrySet(message, maximum));
                            if (fits)
                            {
                                model[topic] = message;
                            }

                            break;
                    }

                    Assert.Equal(model.Count, retained.Count);
                    foreach (string filter in filters)
                    {
                        var found = new List<StoredMessage>();
                        retained.Match(filter, now, found.Add);
                        Assert.Equal(
                            model.Values.Where(m => TopicFilter.Matches(filter, m.Topic) && !(m.ExpiresAtMs <= now)).Select(m => m.Topic).Order(StringComparer.Ordinal),
                            found.Select(m => m.Topic).Order(StringComparer.Ordinal));
                        Assert.All(found, m => Assert.Same(model[m.Topic], m));
                    }
                }
            },
            iter: 1_000);

    [Fact]
    public void A_replaced_message_is_not_held_until_it_would_have_expired()
    {
        var retained = new Retained();
        WeakReference first = SetAndForget(retained);
        retained.TrySet(Message("t", 1_000_000), 10);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.False(first.IsAlive);
        Assert.Equal(1, retained.Count);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference SetAndForget(Retained retained)
        {
            StoredMessage message = Message("t", 2_000_000);
            retained.TrySet(message, 10);
            return new WeakReference(message);
        }
    }

    [Fact]
    public void Thousands_of_levels_do_not_exhaust_the_stack()
    {
        var retained = new Retained();
        string topic = string.Join('/', Enumerable.Repeat("a", 30_000));
        retained.TrySet(Message(topic, null), 10);
        int found = 0;
        var small = new Thread(
            () =>
            {
                foreach (string filter in new[] { topic, topic.Replace('a', '+'), "#", topic[..^1] + "#" })
                {
                    retained.Match(filter, 0, _ => found++);
                }
            },
            maxStackSize: 256 * 1024);
        small.Start();
        small.Join();
        Assert.Equal(4, found);
    }

    [Fact]
    public void Expired_messages_are_removed_a_bounded_number_at_a_time()
    {
        var retained = new Retained();
        for (int i = 0; i < 10; i++)
        {
            retained.TrySet(Message($"t/{i}", i), 100);
        }

        retained.RemoveExpired(100, 4);
        Assert.Equal(6, retained.Count);
        Assert.Null(retained.Get("t/3"));
        Assert.NotNull(retained.Get("t/4"));
    }

    private static StoredMessage Message(string topic, long? expiresAtMs) => new()
    {
        Offset = 0,
        Topic = topic,
        TimestampMs = 0,
        ExpiresAtMs = expiresAtMs,
        Retain = true,
        Payload = new byte[] { 1 },
    };
}
