using System.Buffers.Binary;
using SkyTree.Crash.Tests.Ledger;
using SkyTree.Crash.Tests.Rounds;
using SkyTree.Crash.Tests.Wire;
using Xunit;

namespace SkyTree.Crash.Tests.Clients;

/// <summary>The client itself is correct, and it finds out a broker that is not.</summary>
public sealed class CrashClientTests : IAsyncDisposable
{
    private const int Bytes = 24;

    private readonly ScriptedBroker _broker = new();
    private readonly CrashLedger _ledger = new();
    private CrashClient? _client;

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, false, true)]
    [InlineData(false, true, false)]
    public async Task The_session_must_be_there_after_CONNACK_if_it_is_durable(bool isDurable, bool present, bool isRight)
    {
        Start(new ClientOptions("c", 5) { IsDurable = isDurable });
        await _broker.AcceptAsync(sessionPresent: false);
        await HoldsAsync(() => _client!.IsReady);
        await _broker.AcceptAsync(present);
        await HoldsAsync(() => _client!.IsReady);

        Assert.Equal(isRight ? [] : [FindingKind.SessionPresent], Kinds());
    }

    [Fact]
    public async Task No_session_is_there_at_first()
    {
        Start(new ClientOptions("c", 5));
        await _broker.AcceptAsync(sessionPresent: true);

        await FindsAsync(FindingKind.SessionPresent);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_CONNECT_without_an_answer_a_session_may_be_there(bool present)
    {
        Start(new ClientOptions("c", 5));
        await _broker.AcceptAsync();
        await _broker.AcceptAsync(present);
        await HoldsAsync(() => _client!.IsReady);

        Assert.Empty(Kinds());
    }

    [Fact]
    public async Task What_is_unfinished_is_sent_again_in_its_order()
    {
        Start(new ClientOptions("c", 5));
        await _broker.AcceptAsync(sessionPresent: false);
        await HoldsAsync(() => _client!.IsReady);
        int acknowledged = 0;
        foreach (int qos in (int[])[1, 2, 1, 2])
        {
            await _client!.PublishAsync("t", qos, retain: false, [], () => acknowledged++);
            Assert.Equal((qos, false), Flags((await _broker.ExpectAsync(PacketType.Publish)).First));
        }

        await _broker.AnswerAsync(PacketType.PubAck, 1);
        await _broker.AnswerAsync(PacketType.PubRec, 2);
        await _broker.ExpectAsync(PacketType.PubRel);
        Assert.Equal(2, acknowledged);

        await _broker.AcceptAsync(sessionPresent: true);
        Assert.Equal(2, IdOf((await _broker.ExpectAsync(PacketType.PubRel)).Body, 0));
        (byte first, byte[] body) = await _broker.ExpectAsync(PacketType.Publish);
        Assert.Equal(((1, true), 3), (Flags(first), IdOf(body, 3)));
        (first, body) = await _broker.ExpectAsync(PacketType.Publish);
        Assert.Equal(((2, true), 4), (Flags(first), IdOf(body, 3)));
        await _broker.AnswerAsync(PacketType.PubComp, 2);
        await HoldsAsync(() => _client!.Unfinished == 2);

        Assert.Empty(Kinds());
    }

    [Fact]
    public async Task Without_a_session_what_was_sent_is_given_up()
    {
        Start(new ClientOptions("c", 5) { IsDurable = false });
        await _broker.AcceptAsync(sessionPresent: false);
        await HoldsAsync(() => _client!.IsReady);
        await _client!.PublishAsync("t", 2, retain: false, [], () => { });
        await _broker.ExpectAsync(PacketType.Publish);
        await _broker.AcceptAsync(sessionPresent: false);
        await HoldsAsync(() => _client.Unfinished == 0);

        Assert.Empty(Kinds());
    }

    [Fact]
    public async Task A_QoS_2_message_that_comes_again_comes_to_the_application_once()
    {
        (SentMessage message, _) = await SubscribeAsync();
        await _broker.PublishAsync(message, 7);
        await _broker.ExpectAsync(PacketType.PubRec);
        await _broker.AcceptAsync(sessionPresent: true);
        await _broker.PublishAsync(message, 7, duplicate: true);
        await _broker.ExpectAsync(PacketType.PubRec);
        await _broker.AnswerAsync(PacketType.PubRel, 7);
        await _broker.ExpectAsync(PacketType.PubComp);

        Assert.Single(_ledger.DeliveriesOf(message));
        Assert.Empty(Kinds());
    }

    [Fact]
    public async Task A_QoS_2_message_that_comes_with_a_new_packet_identifier_comes_twice()
    {
        (SentMessage message, _) = await SubscribeAsync();
        await _broker.PublishAsync(message, 7);
        await _broker.ExpectAsync(PacketType.PubRec);
        await _broker.AcceptAsync(sessionPresent: true);
        await _broker.PublishAsync(message, 8);

        await FindsAsync(FindingKind.Doubled);
    }

    [Fact]
    public async Task A_repeat_says_that_it_is_one()
    {
        (SentMessage message, _) = await SubscribeAsync();
        await _broker.PublishAsync(message, 7);
        await _broker.ExpectAsync(PacketType.PubRec);
        await _broker.AcceptAsync(sessionPresent: true);
        await _broker.PublishAsync(message, 7);

        await FindsAsync(FindingKind.PacketIdentifier);
    }

    [Fact]
    public async Task A_packet_identifier_stands_for_one_message_until_it_is_free()
    {
        (SentMessage message, SentMessage other) = await SubscribeAsync();
        await _broker.PublishAsync(message, 7);
        await _broker.ExpectAsync(PacketType.PubRec);
        await _broker.AcceptAsync(sessionPresent: true);
        await _broker.PublishAsync(other, 7, duplicate: true);

        await FindsAsync(FindingKind.PacketIdentifier);
    }

    [Fact]
    public async Task A_slow_client_holds_its_answers_back_and_counts_what_is_unacknowledged()
    {
        (SentMessage message, SentMessage other) = await SubscribeAsync(receiveMaximum: 2);
        await _broker.PublishAsync(message, 7);
        await HoldsAsync(() => _ledger.DeliveriesOf(message).Count == 1);
        await _broker.PublishAsync(other, 8);
        Assert.Equal(7, IdOf((await _broker.ExpectAsync(PacketType.PubRec)).Body, 0));
        Assert.Equal(8, IdOf((await _broker.ExpectAsync(PacketType.PubRec)).Body, 0));
        Assert.Empty(Kinds());
        await _broker.PublishAsync(_ledger.Sent("p", "c/0", 1, Bytes), 9);

        await FindsAsync(FindingKind.ReceiveMaximum);
    }

    [Theory]
    [InlineData(PacketType.PubAck, 1, 0x97, FindingKind.Refused)]
    [InlineData(PacketType.PubAck, 2, 0, FindingKind.PacketIdentifier)]
    [InlineData(PacketType.PubRec, 1, 0, FindingKind.PacketIdentifier)]
    [InlineData(PacketType.PubComp, 1, 0, FindingKind.PacketIdentifier)]
    internal async Task An_acknowledgement_fits_what_was_sent(PacketType type, ushort id, byte reason, FindingKind kind)
    {
        Start(new ClientOptions("c", 5));
        await _broker.AcceptAsync(sessionPresent: false);
        await HoldsAsync(() => _client!.IsReady);
        await _client!.PublishAsync("t", 1, retain: false, [], () => { });
        await _broker.AnswerAsync(type, id, reason);

        await FindsAsync(kind);
    }

    [Fact]
    public async Task What_is_no_packet_is_found()
    {
        Start(new ClientOptions("c", 5));
        await _broker.AcceptAsync(sessionPresent: false);
        await _broker.SendAsync([0, 0]);

        await FindsAsync(FindingKind.Broker);
    }

    [Fact]
    public async Task A_lower_grant_is_found()
    {
        Start(new ClientOptions("c", 5) { Subscriptions = [new Subscription("c/#", 2)] });
        await _broker.AcceptAsync(sessionPresent: false);
        await GrantAsync(1);

        await FindsAsync(FindingKind.Refused);
    }

    public async ValueTask DisposeAsync()
    {
        _broker.Dispose();
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }
    }

    private void Start(ClientOptions options)
    {
        _client = new CrashClient(_broker.PortAsync, options, _ledger, new RunEvents());
        _client.Start();
    }

    /// <summary>Starts a subscriber, and sends two messages for it.</summary>
    private async Task<(SentMessage, SentMessage)> SubscribeAsync(ushort receiveMaximum = ushort.MaxValue)
    {
        Start(new ClientOptions("c", 5) { Subscriptions = [new Subscription("c/#", 2)], ReceiveMaximum = receiveMaximum, IsSlow = receiveMaximum < ushort.MaxValue });
        await _broker.AcceptAsync(sessionPresent: false);
        await GrantAsync(2);
        await HoldsAsync(() => _client!.IsReady);
        return (_ledger.Sent("p", "c/0", 2, Bytes), _ledger.Sent("p", "c/0", 2, Bytes));
    }

    private async Task GrantAsync(byte qos)
    {
        (_, byte[] subscribe) = await _broker.ExpectAsync(PacketType.Subscribe);
        await _broker.SendAsync([(byte)PacketType.SubAck << 4, 4, subscribe[0], subscribe[1], 0, qos]);
    }

    private FindingKind[] Kinds() => [.. _ledger.Check().Select(finding => finding.Kind)];

    private async Task FindsAsync(FindingKind kind)
    {
        await HoldsAsync(() => _ledger.Check().Count > 0);
        Assert.Equal([kind], Kinds());
    }

    private static async Task HoldsAsync(Func<bool> condition) => Assert.True(await Eventually.HoldsAsync(condition));

    private static (int QoS, bool Duplicate) Flags(byte first) => ((first >> 1) & 3, (first & 8) != 0);

    private static int IdOf(byte[] body, int at) => BinaryPrimitives.ReadUInt16BigEndian(body.AsSpan(at));
}
