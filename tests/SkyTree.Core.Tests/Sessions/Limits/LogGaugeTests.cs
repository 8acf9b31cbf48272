using CsCheck;
using SkyTree.Core.Messages;
using SkyTree.Core.Sessions.Limits;
using Xunit;

namespace SkyTree.Core.Tests.Sessions.Limits;

public sealed class LogGaugeTests
{
    /// <summary>A log longer than there are samples, asked at random while it grows, against a list.</summary>
    [Fact]
    public async Task It_answers_as_if_it_had_kept_every_message() =>
        await Gen.Select(Gen.Int[1, 6000].Array[1, 3], Gen.Int[1, 5], Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1], Gen.Double[0, 1]).Array[40]).SampleAsync(
            async (growths, topics, questions) =>
            {
                await using var store = new InMemoryMessageStore();
                var all = new List<StoredMessage>();
                var budget = new WorkBudget(TimeProvider.System, TimeSpan.FromMinutes(1));
                var gauge = new LogGauge(store, topic => topic == "t0", message => message.Offset % 7 != 0, 3);
                foreach (int growth in growths)
                {
                    for (int i = 0; i < growth; i++)
                    {
                        long offset = all.Count + 1;
                        var message = new StoredMessage { Offset = offset, Topic = $"t{offset * 31 % topics}", TimestampMs = offset, Payload = new byte[offset % 11] };
                        all.Add(message);
                        await store.AppendAsync([message], TestContext.Current.CancellationToken);
                    }

                    long last = all.Count;
                    Assert.True(await gauge.ScanAsync(last, budget));
                    List<StoredMessage> wanted = all.FindAll(m => m.Topic == "t0" && m.Offset % 7 != 0);
                    foreach ((double a, double b, double c) in questions)
                    {
                        long from = Math.Min(3 + (long)(a * last), last);
                        long to = Math.Max(from, (long)(b * last));
                        QueueUsage between = Sum(wanted, from, to);
                        Assert.Equal(between, await gauge.BetweenAsync(from, to));
                        Assert.Equal(wanted.Find(m => m.Offset > from)?.Offset, await gauge.FindFirstAsync(from));
                        if (between.Messages == 0 || from < gauge.Start)
                        {
                            continue;
                        }

                        var some = new QueueUsage((long)(c * between.Messages), (long)(a * between.Bytes));
                        if (some.IsNone)
                        {
                            some = new QueueUsage(1, 0);
                        }

                        // Cuts are compared by what they cut off.
                        long prefix = wanted.Where(m => m.Offset > from).First(m => Sum(wanted, from, m.Offset).Covers(some)).Offset;
                        Assert.Equal(Sum(wanted, from, prefix), Sum(wanted, from, await gauge.FindPrefixAsync(from, to, some)));
                        long suffix = wanted.LastOrDefault(m => m.Offset > from && m.Offset <= to && Sum(wanted, m.Offset, to).Covers(some))?.Offset ?? from;
                        Assert.Equal(Sum(wanted, suffix, to), Sum(wanted, await gauge.FindSuffixAsync(from, to, some), to));
                    }
                }
            },
            iter: 20,
            threads: 1);

    private static QueueUsage Sum(List<StoredMessage> messages, long from, long to)
    {
        QueueUsage sum = default;
        foreach (StoredMessage message in messages)
        {
            sum += message.Offset > from && message.Offset <= to ? QueueUsage.Of(message) : default;
        }

        return sum;
    }
}
