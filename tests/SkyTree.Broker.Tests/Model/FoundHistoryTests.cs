namespace SkyTree.Broker.Tests.Model;

/// <summary>Histories that once failed, as short as they could be made.</summary>
public sealed class FoundHistoryTests
{
    private const int Ann = 0;
    private const int Bob = 1;
    private const int A1 = 0;
    private const int A2 = 1;
    private const int B1 = 2;
    private const int All = 3;
    private const int OnlyB1 = 4;
    private const int GroupA = 5;

    [Fact]
    public Task A_session_that_a_clean_start_ended_does_not_come_back_in_a_crash() => World.RunAsync(
    [
        new Connect(Ann, Clean: false, Expiry: 300, Window: 10, null),
        new Leave(Ann, EndsSession: false),
        new Connect(Ann, Clean: true, Expiry: 0, Window: 10, null),
        new Crash(PercentKept: 0, DownSeconds: 0),
        new Connect(Ann, Clean: false, Expiry: 300, Window: 10, null),
    ]);

    [Fact]
    public Task A_session_that_its_client_ended_does_not_come_back_in_a_crash_once_the_client_was_told_that_it_is_gone() => World.RunAsync(
    [
        new Connect(Ann, Clean: false, Expiry: 300, Window: 1, null),
        new Leave(Ann, EndsSession: true),
        new Connect(Ann, Clean: false, Expiry: 0, Window: 1, null),
        new Crash(PercentKept: 75, DownSeconds: 0),
        new Connect(Ann, Clean: false, Expiry: 300, Window: 1, null),
    ]);

    [Fact]
    public Task Nor_does_one_that_expired() => World.RunAsync(
    [
        new Connect(Ann, Clean: false, Expiry: 20, Window: 1, null),
        new Leave(Ann, EndsSession: false),
        new Wait(40),
        new Connect(Ann, Clean: false, Expiry: 0, Window: 1, null),
        new Crash(PercentKept: 0, DownSeconds: 0),
        new Connect(Ann, Clean: false, Expiry: 300, Window: 1, null),
    ]);

    [Fact]
    public Task A_will_is_retained_for_its_own_client_too_when_that_subscribes_while_the_broker_stops() => World.RunAsync(
    [
        new Connect(Bob, Clean: false, Expiry: 0, Window: 2, new WillPlan(B1, QoS: 1, Retain: true, DelaySeconds: 0)),
        new Subscribe(Bob, OnlyB1, QoS: 0, NoLocal: false, RetainHandling: 1) { Settles = false },
        new Restart(DownSeconds: 0) { Settles = false },
    ]);

    [Fact]
    public Task Retained_messages_that_were_not_acknowledged_come_again_by_the_subscription_as_it_is_when_the_broker_starts() => World.RunAsync(
    [
        new Connect(Ann, Clean: false, Expiry: 0, Window: 200, new WillPlan(A2, QoS: 1, Retain: true, DelaySeconds: 30)),
        new Restart(DownSeconds: 25),
        new Connect(Bob, Clean: false, Expiry: uint.MaxValue, Window: 2, null),
        new Subscribe(Bob, All, QoS: 1, NoLocal: false, RetainHandling: 0) { Settles = false },
        new Subscribe(Bob, All, QoS: 0, NoLocal: false, RetainHandling: 2),
        new Restart(DownSeconds: 0),
    ]);

    [Fact]
    public Task What_a_member_was_sent_at_qos_2_outlives_its_group() => World.RunAsync(
    [
        new Connect(Ann, Clean: false, Expiry: 300, Window: 10, null),
        new Connect(Bob, Clean: false, Expiry: 300, Window: 10, null),
        new Subscribe(Ann, GroupA, QoS: 2, NoLocal: false, RetainHandling: 0),
        new Publish(Bob, A1, QoS: 2, Retain: false, Clears: false, Expiry: 0, Count: 2),
        new Unsubscribe(Ann, GroupA),
        new Wait(20),
        new Crash(PercentKept: 100, DownSeconds: 0),
    ]);

    [Fact]
    public Task What_a_member_had_at_qos_2_when_its_session_ended_is_given_to_nobody_after_a_crash() => World.RunAsync(
    [
        new Connect(Ann, Clean: false, Expiry: 300, Window: 10, null),
        new Connect(Bob, Clean: false, Expiry: 300, Window: 10, null),
        new Subscribe(Ann, GroupA, QoS: 2, NoLocal: false, RetainHandling: 0),
        new Publish(Bob, A1, QoS: 2, Retain: false, Clears: false, Expiry: 0, Count: 2),
        new Subscribe(Bob, GroupA, QoS: 2, NoLocal: false, RetainHandling: 0),
        new Connect(Ann, Clean: true, Expiry: 300, Window: 10, null),
        new Crash(PercentKept: 0, DownSeconds: 0),
    ]);

    [Fact]
    public Task What_ended_while_the_broker_was_down_has_ended_before_anybody_is_served_also_when_the_power_fails_after() => World.RunAsync(
    [
        new Connect(Ann, Clean: false, Expiry: 20, Window: 200, new WillPlan(A1, QoS: 1, Retain: false, DelaySeconds: 400)),
        new Restart(DownSeconds: 25),
        new Crash(PercentKept: 0, DownSeconds: 25),
        new Connect(Bob, Clean: false, Expiry: uint.MaxValue, Window: 2, null),
        new Subscribe(Bob, A1, QoS: 1, NoLocal: false, RetainHandling: 0),
        new Wait(60),
    ]);
}
