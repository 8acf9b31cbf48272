using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Subscriptions;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Subscriptions;

/// <summary>What happens while a shared group reads the store.</summary>
public sealed class SharedGroupReadTests
{
    [Fact]
    public void A_page_that_comes_after_another_pump_is_handed_out_to_its_end()
    {
        var core = new TestCore();
        TestPeer member = core.Connect("a", durable: true, window: 1);
        SharedGroup? group = null;
        var store = new InterruptedStore(core.Store, () => group!.Pump()); // another member's acknowledgement, say
        TopicFilter filter = TestCore.Filter("$share/g/t");
        group = new SharedGroup(filter, core.Context with { Store = store });
        group.Add(new Subscription { Session = member.Session, Filter = filter, QoS = QoS.AtLeastOnce, Group = group }, 0);
        core.Store.Append([.. Enumerable.Range(1, 3).Select(i => core.Message("t", 1, $"{i}") with { Offset = i })]);

        group.Pump();

        Assert.True(group.HasMore); // or an acknowledgement would not pump it
    }

    private sealed class InterruptedStore(InMemoryMessageStore inner, Action onRead) : MessageStore
    {
        public override ValueTask<LogPage> ReadLogAsync(long after, Func<string, bool>? filter, int limit, CancellationToken cancellationToken = default)
        {
            onRead();
            return inner.ReadLogAsync(after, filter, limit, cancellationToken);
        }

        public override ValueTask OpenAsync(CancellationToken cancellationToken = default) => inner.OpenAsync(cancellationToken);

        public override ValueTask AppendAsync(IReadOnlyList<StoredMessage> messages, CancellationToken cancellationToken = default) =>
            inner.AppendAsync(messages, cancellationToken);

        public override ValueTask<long> GetLastOffsetAsync(CancellationToken cancellationToken = default) => inner.GetLastOffsetAsync(cancellationToken);

        public override MessageQueue GetQueue(string topic) => inner.GetQueue(topic);

        public override ValueTask<long?> FindOffsetAsync(long timestampMs, CancellationToken cancellationToken = default) =>
            inner.FindOffsetAsync(timestampMs, cancellationToken);

        public override ValueTask<IReadOnlyList<TopicSummary>> ListTopicsAsync(Func<string, bool>? filter, string? after, int limit, CancellationToken cancellationToken = default) =>
            inner.ListTopicsAsync(filter, after, limit, cancellationToken);
    }
}
