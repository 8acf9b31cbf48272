namespace SkyTree.Broker.Tests.Model;

/// <summary>Histories that once failed, as short as they could be made.</summary>
public sealed class FoundHistoryTests
{
    private const int Ann = 0;
    private const int Bob = 1;
    private const int A1 = 0;
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
