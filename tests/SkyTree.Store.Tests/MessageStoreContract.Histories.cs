using CsCheck;
using SkyTree.Core.Messages;
using Xunit;

namespace SkyTree.Store.Tests;

public abstract partial class MessageStoreContract
{
    private static readonly string[] HistoryTopics = ["a", "A", "a ", "a/b", "/", "😀", "\uE000", new('x', 300), new string('x', 300) + "y"];

    private static readonly Gen<string> GenTopic = Gen.Int[0, HistoryTopics.Length - 1].Select(i => HistoryTopics[i]);

    private static readonly Gen<StoredMessage> GenMessage = Gen.Select(
        GenTopic, Gen.Int[1, 3], Gen.Int[-20, 50], Gen.Byte.Array[0, 40], Gen.Byte.Array[0, 5], Gen.Int[0, 2], Gen.Bool, Gen.Long[0, 9].Nullable(),
        (topic, step, clock, payload, properties, qos, retain, expires) => new StoredMessage
        {
            Offset = step, // how far after the one before; made absolute when it is appended
            Topic = topic, TimestampMs = clock, Payload = payload, Properties = properties,
            QoS = (byte)qos, Retain = retain, PublisherId = $"p{step}", ExpiresAtMs = expires,
        });

    /// <summary>A topic filter that takes the topics whose bit is set.</summary>
    private static readonly Gen<int?> GenFilter = Gen.Int[0, (1 << HistoryTopics.Length) - 1].Nullable();

    private static readonly Gen<Step> GenStep = Gen.Frequency(
        (6, GenMessage.List[1, 12].Select(m => (Step)new AppendStep(m))),
        (2, Gen.Double[0, 1].Select(m => (Step)new RepeatStep(m))),
        (4, Gen.Select(GenTopic, Gen.Double[0, 1.1]).Select((t, u) => (Step)new DeleteStep(t, u))),
        (1, Gen.Double[0, 1.1].Select(u => (Step)new DeleteLogStep(u))),
        (4, Gen.Select(GenTopic, Gen.Double[0, 1.1], Gen.Int[1, 8]).Select((t, o, l) => (Step)new ReadQueueStep(t, o, l))),
        (4, Gen.Select(Gen.Double[0, 1.1], GenFilter, Gen.Int[1, 20]).Select((o, f, l) => (Step)new ReadLogStep(o, f, l))),
        (3, Gen.Long[-50, 2_000].Select(t => (Step)new FindStep(t))),
        (2, Gen.Select(GenFilter, GenTopic.Null(), Gen.Int[1, 8]).Select((f, a, l) => (Step)new ListStep(f, a, l))),
        (1, Gen.Const((Step)new ReopenStep())));

    [Fact]
    public async Task Random_histories_agree_with_a_plain_list()
    {
        int histories = 0;
        await GenStep.Array[1, 40].SampleAsync(
            async steps =>
            {
                string place = $"history_{Interlocked.Increment(ref histories)}";
                History history = new(await OpenStoreAsync(place));
                try
                {
                    foreach (Step step in steps)
                    {
                        if (step is ReopenStep)
                        {
                            history.Store = OutlivesTheProcess ? await ReopenStoreAsync(history.Store, place) : history.Store;
                        }
                        else
                        {
                            await step.RunAsync(history);
                        }
                    }

                    AssertSame(history.Messages, await ReadWholeLogAsync(history.Store));
                    Assert.Equal(history.Last, await history.Store.GetLastOffsetAsync());
                }
                finally
                {
                    await CloseStoreAsync(history.Store);
                }
            },
            iter: Histories,
            threads: 1,
            print: steps => string.Join(Environment.NewLine, steps.Select(s => s.ToString())));
    }

    private static Func<string, bool>? FilterOf(int? bits) =>
        bits is { } set ? topic => (set & (1 << Array.IndexOf(HistoryTopics, topic))) != 0 : null;

    /// <summary>A store and the plain list that says what it must hold.</summary>
    private sealed class History(MessageStore store)
    {
        public MessageStore Store { get; set; } = store;

        public List<StoredMessage> Messages { get; } = [];

        public List<StoredMessage> Appended { get; } = [];

        public long Last { get; set; }

        public long Clock { get; set; }

        public long OffsetAt(double part) => (long)(Last * part);

        public TopicSummary Summarize(string topic)
        {
            StoredMessage[] messages = [.. Messages.Where(m => m.Topic == topic)];
            return new(topic, messages.Length, messages.Sum(m => (long)m.Payload.Length + m.Properties.Length), messages.Select(m => m.Offset).LastOrDefault());
        }
    }

    private abstract record Step
    {
        public abstract Task RunAsync(History history);
    }

    private sealed record AppendStep(List<StoredMessage> Messages) : Step
    {
        public override async Task RunAsync(History history)
        {
            List<StoredMessage> batch = [];
            foreach (StoredMessage message in Messages)
            {
                history.Last += message.Offset;
                history.Clock += message.TimestampMs;
                batch.Add(message with { Offset = history.Last, TimestampMs = history.Clock });
            }

            history.Messages.AddRange(batch);
            history.Appended.AddRange(batch);
            await history.Store.AppendAsync(batch);
        }
    }

    private sealed record RepeatStep(double From) : Step
    {
        public override async Task RunAsync(History history) =>
            await history.Store.AppendAsync(history.Appended[(int)(history.Appended.Count * From)..]);
    }

    private sealed record DeleteStep(string Topic, double UpTo) : Step
    {
        public override async Task RunAsync(History history)
        {
            long offset = history.OffsetAt(UpTo);
            history.Messages.RemoveAll(m => m.Topic == Topic && m.Offset <= offset);
            await history.Store.GetQueue(Topic).DeleteByOffsetAsync(offset);
            Assert.Equal(history.Summarize(Topic), await history.Store.GetQueue(Topic).GetSummaryAsync());
        }
    }

    private sealed record DeleteLogStep(double UpTo) : Step
    {
        public override async Task RunAsync(History history)
        {
            long offset = history.OffsetAt(UpTo);
            history.Messages.RemoveAll(m => m.Offset <= offset);
            await history.Store.DeleteLogAsync(offset);
        }
    }

    private sealed record ReadQueueStep(string Topic, double After, int Limit) : Step
    {
        public override async Task RunAsync(History history)
        {
            long after = history.OffsetAt(After);
            AssertSame(
                [.. history.Messages.Where(m => m.Topic == Topic && m.Offset > after).Take(Limit)],
                await history.Store.GetQueue(Topic).ReadByOffsetAsync(after, Limit));
            Assert.Equal(history.Summarize(Topic), await history.Store.GetQueue(Topic).GetSummaryAsync());
        }
    }

    private sealed record ReadLogStep(double After, int? Filter, int Limit) : Step
    {
        public override async Task RunAsync(History history)
        {
            long after = history.OffsetAt(After);
            Func<string, bool>? filter = FilterOf(Filter);
            AssertSame(
                [.. history.Messages.Where(m => m.Offset > after && filter?.Invoke(m.Topic) != false)],
                await ReadWholeLogAsync(history.Store, filter, Limit, after));
        }
    }

    private sealed record FindStep(long TimestampMs) : Step
    {
        public override async Task RunAsync(History history) =>
            Assert.Equal(
                history.Messages.Where(m => m.TimestampMs >= TimestampMs).Select(m => (long?)m.Offset).FirstOrDefault(),
                await history.Store.FindOffsetAsync(TimestampMs));
    }

    private sealed record ListStep(int? Filter, string? After, int Limit) : Step
    {
        public override async Task RunAsync(History history)
        {
            Func<string, bool>? filter = FilterOf(Filter);
            IEnumerable<TopicSummary> expected = history.Messages.Select(m => m.Topic).Distinct()
                .Where(t => string.CompareOrdinal(t, After) > 0 && filter?.Invoke(t) != false)
                .Order(StringComparer.Ordinal).Take(Limit).Select(history.Summarize);
            Assert.Equal(expected, await history.Store.ListTopicsAsync(filter, After, Limit));
        }
    }

    private sealed record ReopenStep : Step
    {
        public override Task RunAsync(History history) => Task.CompletedTask;
    }
}
