using Xunit;

namespace SkyTree.Crash.Tests.Ledger;

/// <summary>What may stand as a topic's retained message after its changes were acknowledged, or not.</summary>
public sealed class RetainedLedgerTests
{
    private const string Topic = "r/0";

    private readonly RetainedLedger _ledger = new();

    [Fact]
    public void Without_an_acknowledgement_nothing_or_anything_sent_may_stand_there()
    {
        _ledger.Sent(Topic, clears: false);

        Assert.Empty(Look(null));
        Assert.Empty(Look("r/0 1"));
        Assert.Single(Look("r/0 2"));
    }

    [Fact]
    public void An_acknowledged_message_stands_there_or_a_later_one()
    {
        Set();
        Set();
        _ledger.Sent(Topic, clears: false);

        Assert.Empty(Look("r/0 2"));
        Assert.Empty(Look("r/0 3"));
        Assert.Single(Look("r/0 1"));
        Assert.Single(Look(null));
    }

    [Fact]
    public void What_was_cleared_does_not_stand_there()
    {
        Set();
        _ledger.Acknowledged(_ledger.Sent(Topic, clears: true));

        Assert.Empty(Look(null));
        Assert.Single(Look("r/0 1"));
    }

    [Fact]
    public void What_changes_while_somebody_looks_may_be_seen_or_not()
    {
        Set();
        Dictionary<string, int> before = _ledger.LastAcknowledged();
        Set();

        Assert.Empty(_ledger.Check(Found("r/0 1"), before));
        Assert.Empty(_ledger.Check(Found("r/0 2"), before));
        Assert.Single(_ledger.Check(Found(null), before));
    }

    [Fact]
    public void What_nobody_retained_does_not_stand_there() =>
        Assert.Equal(FindingKind.Retained, Assert.Single(_ledger.Check(new Dictionary<string, string> { ["r/9"] = "r/9 1" }, _ledger.LastAcknowledged())).Kind);

    private void Set() => _ledger.Acknowledged(_ledger.Sent(Topic, clears: false));

    private IReadOnlyList<Finding> Look(string? held) => _ledger.Check(Found(held), _ledger.LastAcknowledged());

    private static Dictionary<string, string> Found(string? held) => held is null ? [] : new() { [Topic] = held };
}
