using System.Buffers;
using System.Globalization;
using System.Text;
using MQTTnet;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using SkyTree.Bridges.Tests.Harness;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Bridges;
using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.InProcess;
using SkyTree.Core.Protocol;
using SkyTree.Tests;
using Xunit;

namespace SkyTree.Bridges.Tests;

/// <summary>A bridge between a broker of this process and a mosquitto.</summary>
public sealed class BridgeTests
{
    [Theory]
    [InlineData("mqtt", "5")]
    [InlineData("mqtt", "3.1.1")]
    [InlineData("ws", "5")]
    public async Task Topics_pass_each_way_under_their_names_and_come_back_by_none(string scheme, string version)
    {
        int plain = FreePort.Find(); // for the test's own client
        await using Mosquitto mosquitto = await Mosquitto.RunAsync(scheme, string.Create(CultureInfo.InvariantCulture, $"listener {plain} 127.0.0.1"));
        await using Peer there = await Peer.ConnectAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"mqtt://127.0.0.1:{plain}")), "there", "#");
        await using LocalBroker local = await LocalBroker.StartAsync(new BridgeOptions
        {
            Server = mosquitto.Address.OriginalString,
            ProtocolVersion = version,
            Topics =
            [
                new() { Filter = "out/#", LocalPrefix = "here/", RemotePrefix = "plant/" },
                new() { Filter = "in/#", Direction = BridgeDirection.In, LocalPrefix = "plant/" },
                new() { Filter = "both/#", Direction = BridgeDirection.Both },
            ],
        });
        await local.UntilConnectedAsync();
        await using MessageSubscription here = await local.Client.SubscribeAsync(new SubscribeOptions { Filters = ["#"] });
        for (int i = 0; i < 50; i++)
        {
            await local.Client.PublishAsync("here/out/a", Text(i));
            await local.Client.PublishAsync("both/a", Text(i));
            await local.Client.PublishAsync("out/a", "not passed on");
            await there.PublishAsync("in/b", Text(i));
            await there.PublishAsync("both/b", Text(i));
            await there.PublishAsync("plant/in/b", "not passed on");
        }

        string[] all = [.. Enumerable.Range(0, 50).Select(Text)];
        Assert.Equal(all, await there.ReceiveAsync("plant/out/a", 50));
        Assert.Equal(all, await there.ReceiveAsync("both/a", 50));
        await local.UntilAsync(bridge => bridge.Received == 100 && bridge.Sent == 100);

        // What is sent last comes last: had something come back, it would have been before it.
        await local.Client.PublishAsync("both/a", "end");
        await there.ReceiveAsync("both/a", 51);
        await there.PublishAsync("both/b", "end");
        Dictionary<string, List<string>> got = [];
        while (!got.TryGetValue("both/b", out List<string>? texts) || texts[^1] != "end")
        {
            ReceivedMessage message = (await here.ReceiveAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1)))!;
            await here.AcknowledgeAsync(message);
            (got.TryGetValue(message.Topic, out List<string>? list) ? list : got[message.Topic] = []).Add(Encoding.UTF8.GetString(message.Payload.Span));
        }

        Assert.Equal(["both/a", "both/b", "here/out/a", "out/a", "plant/in/b"], got.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([.. all, "end"], got["both/a"]);
        Assert.Equal([.. all, "end"], got["both/b"]);
        Assert.Equal(all, got["plant/in/b"]);
        Assert.Equal(51, there.Texts("both/a").Length);
        Assert.Equal(51, there.Texts("both/b").Length);
        BridgeItem status = await local.UntilAsync(bridge => bridge.Sent >= 101 && bridge.Received >= 101);
        Assert.Equal((101L, 101L, 0L, 0L, 0L), (status.Sent, status.Received, status.Looped, status.Refused, status.Failures));
    }

    [Fact]
    public async Task Properties_and_the_retain_flag_are_kept_and_answers_find_back()
    {
        await using Mosquitto mosquitto = await Mosquitto.RunAsync();
        await using Peer there = await Peer.ConnectAsync(mosquitto.Address, "there", "plant/#");
        await using LocalBroker local = await LocalBroker.StartAsync(new BridgeOptions
        {
            Server = mosquitto.Address.OriginalString,
            Topics = [new() { Filter = "#", Direction = BridgeDirection.Both, LocalPrefix = "here/", RemotePrefix = "plant/", QoS = 2 }],
        });
        await local.UntilConnectedAsync();
        await local.Client.PublishAsync(new PublishRequest
        {
            Topic = "here/question",
            Payload = "42?"u8.ToArray(),
            QoS = QoS.ExactlyOnce,
            Retain = true,
            ExpirySeconds = 1000,
            Properties = new MessageProperties
            {
                ContentType = "text/plain",
                ResponseTopic = "here/answer",
                CorrelationData = new byte[] { 1, 2, 3 },
                PayloadIsUtf8 = true,
                UserProperties = [new UserProperty("k", "1"), new UserProperty("k", "zwei €")],
            },
        });
        MqttApplicationMessage question = await there.FirstAsync("plant/question");
        Assert.Equal(
            (MqttQualityOfServiceLevel.ExactlyOnce, true, "text/plain", "plant/answer", MqttPayloadFormatIndicator.CharacterData),
            (question.QualityOfServiceLevel, question.Retain, question.ContentType, question.ResponseTopic, question.PayloadFormatIndicator));
        Assert.Equal([1, 2, 3], question.CorrelationData);
        Assert.InRange(question.MessageExpiryInterval, 900u, 1000u);
        Assert.Equal(["k=1", "k=zwei €"], question.UserProperties.Take(2).Select(property => $"{property.Name}={Encoding.UTF8.GetString(property.ValueBuffer.Span)}"));
        Assert.Equal(MessagePath.PropertyName, question.UserProperties.Skip(2).Single().Name);

        await using MessageSubscription here = await local.Client.SubscribeAsync(new SubscribeOptions { Filters = ["here/answer"], QoS = QoS.ExactlyOnce, RetainAsPublished = true });
        await there.PublishAsync(new MqttApplicationMessage
        {
            Topic = question.ResponseTopic,
            Payload = new ReadOnlySequence<byte>("42"u8.ToArray()),
            QualityOfServiceLevel = MqttQualityOfServiceLevel.ExactlyOnce,
            Retain = true,
            ContentType = "text/plain",
            CorrelationData = question.CorrelationData,
            ResponseTopic = "plant/more",
            MessageExpiryInterval = 500,
            UserProperties = [new MqttUserProperty("from", (ReadOnlyMemory<byte>)"there"u8.ToArray())],
        });
        ReceivedMessage answer = (await here.ReceiveAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(1)))!;
        Assert.Equal(
            ("42", QoS.ExactlyOnce, true, "text/plain", "here/more"),
            (Encoding.UTF8.GetString(answer.Payload.Span), answer.QoS, answer.Retain, answer.ContentType, answer.ResponseTopic));
        Assert.Equal([1, 2, 3], answer.CorrelationData!.Value.ToArray());
        Assert.InRange(answer.MessageExpirySeconds!.Value, 400u, 500u);
        Assert.Equal(new UserProperty("from", "there"), answer.UserProperties[0]);
        Assert.Equal("42", Encoding.UTF8.GetString(local.Broker.Admin.Retained.Get(Caller.Console, "here/answer").Payload.Span));
    }

    [Fact]
    public async Task What_is_published_or_retained_while_the_other_broker_is_away_arrives_in_order()
    {
        await using var mosquitto = new Mosquitto();
        await using LocalBroker local = await LocalBroker.StartAsync(new BridgeOptions { Server = mosquitto.Address.OriginalString, MaximumBackoffSeconds = 1, Topics = [new() { Filter = "a/#" }] });
        await local.UntilAsync(bridge => bridge.State == BridgeState.Waiting);
        Assert.Contains("cannot be reached", local.Status().LastError, StringComparison.Ordinal);
        for (int i = 0; i < 300; i++)
        {
            await local.Client.PublishAsync("a/b", Text(i), retain: i == 299);
        }

        Assert.InRange(local.Status().Lag!.Value, 300, 400);
        await mosquitto.StartAsync();
        await using Peer there = await Peer.ConnectAsync(mosquitto.Address, "there", "a/#");
        await local.UntilAsync(bridge => bridge.Sent == 300);
        // The client may have come after the first of them; the last is retained.
        string[] got = await there.ReceiveAsync("a/b", 1);
        await Eventually.HoldsAsync(() => there.Texts("a/b")[^1] == "299", () => there.Texts("a/b")[^1]);
        Assert.Equal(there.Texts("a/b").OrderBy(text => int.Parse(text, CultureInfo.InvariantCulture)), there.Texts("a/b"));
        await local.UntilAsync(bridge => bridge is { State: BridgeState.Connected, Lag: 0 });
    }

    [Fact]
    public async Task What_the_other_broker_has_not_acknowledged_is_sent_again_in_order()
    {
        await using Mosquitto mosquitto = await Mosquitto.RunAsync();
        await using Peer there = await Peer.ConnectAsync(mosquitto.Address, "there", "a");
        await mosquitto.StopAsync(); // now its session is on the disk
        await mosquitto.StartAsync();
        await using LocalBroker local = await LocalBroker.StartAsync(new BridgeOptions { Server = mosquitto.Address.OriginalString, MaximumBackoffSeconds = 1, Topics = [new() { Filter = "a" }] });
        await local.UntilConnectedAsync();
        mosquitto.Freeze();
        for (int i = 0; i < 50; i++)
        {
            await local.Client.PublishAsync("a", Text(i));
        }

        // All are on their way, as far as this broker knows; none has come anywhere.
        int? inflight = 0;
        await Eventually.HoldsAsync(
            () => (inflight = local.Broker.Admin.Sessions.GetAsync(Caller.Console, "bridge-b").GetAwaiter().GetResult().Live?.Inflight) == 50,
            () => $"{inflight} are in flight");
        Assert.Equal((0L, 50L), (local.Status().Sent, local.Status().Lag));
        await mosquitto.KillAsync();
        await mosquitto.StartAsync();
        await there.InsistAsync();
        Assert.Equal(Enumerable.Range(0, 50).Select(Text), await there.ReceiveAsync("a", 50));
    }

    [Fact]
    public async Task What_was_retained_before_there_was_a_bridge_passes_once()
    {
        await using Mosquitto mosquitto = await Mosquitto.RunAsync();
        await using Peer there = await Peer.ConnectAsync(mosquitto.Address, "there", "a/#");
        await there.PublishAsync("b/old", "from there", retain: true);
        var options = new BridgeOptions { Server = mosquitto.Address.OriginalString, Topics = [new() { Filter = "a/#" }, new() { Filter = "b/#", Direction = BridgeDirection.In }] };
        await using LocalBroker local = await LocalBroker.StartAsync(new Dictionary<string, BridgeOptions> { ["b"] = options });
        await local.UntilAsync(bridge => bridge.Received == 1);
        Assert.Equal("from there", Encoding.UTF8.GetString(local.Broker.Admin.Retained.Get(Caller.Console, "b/old").Payload.Span));

        await using Mosquitto other = await Mosquitto.RunAsync();
        await using Peer second = await Peer.ConnectAsync(other.Address, "second", "b/#");
        await using LocalBroker late = await LocalBroker.StartAsync(new Dictionary<string, BridgeOptions>());
        await late.Client.PublishAsync("b/mine", "from here", retain: true);
        await using var bridge = new BridgeRun(late, new BridgeOptions { Server = other.Address.OriginalString, Topics = [new() { Filter = "b/#" }] });
        Assert.Equal("from here", (await second.ReceiveAsync("b/mine", 1))[0]);
        Assert.True((await second.FirstAsync("b/mine")).Retain);
    }

    [Fact]
    public async Task A_ring_of_bridges_passes_each_message_once()
    {
        await using Mosquitto mosquitto = await Mosquitto.RunAsync();
        await using Peer there = await Peer.ConnectAsync(mosquitto.Address, "there", "ring/#");
        // Two bridges that know nothing of each other: No Local is of no help.
        await using LocalBroker local = await LocalBroker.StartAsync(new Dictionary<string, BridgeOptions>
        {
            ["out"] = new() { Server = mosquitto.Address.OriginalString, ClientId = "one", Topics = [new() { Filter = "ring/#" }] },
            ["in"] = new() { Server = mosquitto.Address.OriginalString, ClientId = "two", Topics = [new() { Filter = "ring/#", Direction = BridgeDirection.In }] },
        });
        await local.UntilConnectedAsync("out");
        await local.UntilConnectedAsync("in");
        for (int i = 0; i < 20; i++)
        {
            await local.Client.PublishAsync("ring/here", Text(i));
            await there.PublishAsync("ring/there", Text(i));
        }

        // What begins there goes once round: in over one bridge, and out over the other.
        await local.UntilAsync(bridge => bridge.Looped == 40, "in");
        Assert.Equal(Enumerable.Range(0, 20).Select(Text), await there.ReceiveAsync("ring/here", 20));
        await there.ReceiveAsync("ring/there", 40);
        Assert.Equal(40, (await local.UntilAsync(bridge => bridge.Sent >= 40, "out")).Sent);
        Assert.Equal(20, local.Status("in").Received);
    }

    [Fact]
    public async Task What_one_side_does_not_take_is_counted_and_holds_nothing_up()
    {
        await using var mosquitto = new Mosquitto("mqtt", "max_packet_size 4000", "acl_file {folder}/acl");
        await File.WriteAllTextAsync(Path.Combine(mosquitto.Folder, "acl"), "topic read #\ntopic write a/#\n");
        await mosquitto.StartAsync();
        await using Peer there = await Peer.ConnectAsync(mosquitto.Address, "there", "#");
        await using LocalBroker local = await LocalBroker.StartAsync(new BridgeOptions
        {
            Server = mosquitto.Address.OriginalString,
            Topics = [new() { Filter = "#" }, new() { Filter = "a/#", Direction = BridgeDirection.In, LocalPrefix = "x/" }],
        });
        await local.UntilConnectedAsync();
        await local.Client.PublishAsync("secret/a", "not authorized");
        await local.UntilAsync(bridge => bridge.Refused == 1);
        Assert.Contains("NotAuthorized", local.Status().LastError, StringComparison.Ordinal);
        await local.Client.PublishAsync("a/large", new string('x', 5000));
        await local.UntilAsync(bridge => bridge.Refused == 2);
        Assert.Contains("larger than the other broker allows", local.Status().LastError, StringComparison.Ordinal);
        string deep = "a" + string.Concat(Enumerable.Repeat("/a", 190));
        await there.PublishAsync(deep, "deeper than this broker allows");
        await local.UntilAsync(bridge => bridge.Refused == 3);
        await local.Client.PublishAsync("a/b", "after them");
        Assert.Equal("after them", (await there.ReceiveAsync("a/b", 1))[0]);
        Assert.True(local.Status() is { State: BridgeState.Connected, Failures: 0 }, mosquitto.Report);
    }

    [Fact]
    public async Task A_paused_bridge_keeps_what_comes_until_it_is_resumed()
    {
        await using Mosquitto mosquitto = await Mosquitto.RunAsync();
        await using Peer there = await Peer.ConnectAsync(mosquitto.Address, "there", "a");
        await using LocalBroker local = await LocalBroker.StartAsync(new BridgeOptions { Server = mosquitto.Address.OriginalString, Topics = [new() { Filter = "a" }] });
        await local.UntilConnectedAsync();
        await local.Client.PublishAsync("a", "before");
        await there.ReceiveAsync("a", 1);
        await local.Broker.Admin.Bridges.PauseAsync(Caller.Console, "B");
        await local.UntilAsync(bridge => bridge.State == BridgeState.Paused);
        await local.Client.PublishAsync("a", "meanwhile");
        AdminException denied = await Assert.ThrowsAsync<AdminException>(() => local.Broker.Admin.Bridges.ResumeAsync(new Caller("viewer", AdminRole.Viewer, null), "b"));
        Assert.Equal(AdminError.Denied, denied.Error);
        Assert.Equal(["before"], there.Texts("a"));
        await local.Broker.Admin.Bridges.ResumeAsync(Caller.Console, "b");
        await local.UntilAsync(bridge => bridge.Sent == 2);
        Assert.Equal(["before", "meanwhile"], await there.ReceiveAsync("a", 2));
        Assert.Equal(["bridges.resume", "bridges.pause"], local.Broker.Admin.AuditLog.List(Caller.Console, new()).Items.Select(entry => entry.Action).Where(action => action.StartsWith("bridges", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_topic_that_is_taken_out_of_the_configuration_passes_no_more()
    {
        await using Mosquitto mosquitto = await Mosquitto.RunAsync();
        await using Peer there = await Peer.ConnectAsync(mosquitto.Address, "there", "#");
        var options = new BridgeOptions { Server = mosquitto.Address.OriginalString, Topics = [new() { Filter = "a" }, new() { Filter = "b" }] };
        await using LocalBroker local = await LocalBroker.StartAsync(new Dictionary<string, BridgeOptions>());
        await using (new BridgeRun(local, options))
        {
            await local.UntilConnectedAsync();
            await local.Client.PublishAsync("b", "1");
            await there.ReceiveAsync("b", 1);
        }

        await using (new BridgeRun(local, options with { Topics = [new() { Filter = "a" }] }))
        {
            await local.UntilConnectedAsync();
            await local.Client.PublishAsync("b", "2");
            await local.Client.PublishAsync("a", "3");
            await there.ReceiveAsync("a", 1);
            Assert.Equal(["1"], there.Texts("b"));
            Assert.Equal(["a"], (await local.Broker.Admin.Sessions.GetAsync(Caller.Console, "bridge-b")).Subscriptions.Select(subscription => subscription.Filter));
        }

        await using (new BridgeRun(local, options with { Topics = [new() { Filter = "a", Direction = BridgeDirection.In }] }))
        {
            // A session that nobody reads would keep the log for ever.
            await local.UntilConnectedAsync();
            Assert.Equal(0, local.Broker.SessionCount);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
