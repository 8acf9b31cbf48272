using SkyTree.Core.Messages;
using SkyTree.Core.Messages.Retention;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Messages;

/// <summary>Topics that a retention rule keeps are stored at every QoS, whoever reads them, and nobody gets them twice for it.</summary>
public sealed class KeptTopicTests
{
    private readonly TestCore _core = new(storeOptions: new StoreOptions { Retention = [new RetentionRule { Filter = "kept/#" }] });

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void They_are_stored_though_nobody_reads_them(int qos)
    {
        _core.Publish("kept/a", qos, "x");
        _core.Publish("other/a", qos, "x");
        Assert.Equal(1, _core.Store.GetQueue("kept/a").GetSummary().Count);
        Assert.Equal(0, _core.Store.GetQueue("other/a").GetSummary().Count);
    }

    [Theory]
    [InlineData("#")]
    [InlineData("$share/g/kept/#")]
    public void QoS_0_goes_to_who_is_connected_and_is_not_read_from_the_log(string filter)
    {
        TestPeer peer = _core.Connect("a", durable: true);
        peer.Subscribe(filter, 1);
        _core.Publish("kept/a", 0, "connected");
        Assert.Equal("connected", peer.Payloads());
        peer.Disconnect();
        _core.Publish("kept/a", 0, "away");
        _core.Publish("kept/a", 1, "acknowledged");
        peer = _core.Connect("a", durable: true);
        Assert.Equal("acknowledged", peer.Payloads());
        Assert.Equal(3, _core.Store.GetQueue("kept/a").GetSummary().Count);
    }
}
