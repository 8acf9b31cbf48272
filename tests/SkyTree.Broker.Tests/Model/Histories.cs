using CsCheck;

namespace SkyTree.Broker.Tests.Model;

/// <summary>Random histories, each with a leaning: what it does more of than others.</summary>
internal static class Histories
{
    private const int Shared = 5; // filters from here on

    private static readonly Gen<int> s_client = Gen.Int[0, Names.Clients.Length - 1];
    private static readonly Gen<int> s_topic = Gen.Int[0, Names.Topics.Length - 1];
    private static readonly Gen<uint> s_expiry = Gen.Int[0, 9].Select(i => i switch { 0 => 0u, < 3 => 20u, < 6 => 300u, _ => uint.MaxValue });
    private static readonly Gen<WillPlan?> s_will = Gen.Select(Gen.Int[0, 2], s_topic, Gen.Int[0, 2], Gen.Bool, Gen.Int[0, 3])
        .Select((has, topic, qos, retain, delay) => has > 0 ? null : new WillPlan(topic, qos, retain, delay switch { 0 => 0u, 1 => 5u, 2 => 30u, _ => 400u }));

    private static readonly Gen<Step> s_connect = Gen.Select(s_client, Gen.Int[0, 9], s_expiry, Gen.Int[0, 5], s_will)
        .Select((client, clean, expiry, window, will) => (Step)new Connect(client, clean == 0, expiry, window switch { 0 => 1, 1 => 2, 2 => 5, _ => 200 }, will));

    private static readonly Gen<Step> s_acknowledge = Gen.Select(s_client, Gen.Int[0, 3], Gen.Int[0, 6])
        .Select((client, count, from) => (Step)new Acknowledge(client, count == 3 ? 1000 : count + 1, from < 4 ? 0 : from));

    private static readonly Gen<Step> s_crash = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3])
        .Select((kept, down) => (Step)new Crash(kept switch { 0 => 0, 1 => 100, _ => kept * 25 }, down == 3 ? 25 : 0));

    /// <summary>Everything.</summary>
    public static Gen<Step[]> Mixed { get; } = Of(Gen.Int[0, Names.Filters.Length - 1], s_topic, Gen.Int[0, 2], counts: 4, retained: 4);

    /// <summary>Shared groups and little else.</summary>
    public static Gen<Step[]> Groups { get; } = Of(Gen.Frequency((5, Gen.Int[Shared, Names.Filters.Length - 1]), (1, Gen.Int[0, Shared - 1])), s_topic, Gen.Int[1, 2], counts: 6, retained: 12);

    /// <summary>Retained messages and subscriptions that ask for them.</summary>
    public static Gen<Step[]> Retained { get; } = Of(Gen.Int[0, Shared - 1], s_topic, Gen.Int[0, 2], counts: 1, retained: 1);

    /// <summary>Backlogs larger than what is kept of hints and read at a time.</summary>
    public static Gen<Step[]> Backlogs { get; } = Of(Gen.Int[0, Names.Filters.Length - 1], Gen.Int[0, 1], Gen.Int[1, 2], counts: 700, retained: 1000);

    private static Gen<Step[]> Of(Gen<int> filter, Gen<int> topic, Gen<int> qos, int counts, int retained)
    {
        Gen<Step> publish = Gen.Select(Gen.Select(s_client, topic, qos), Gen.Select(Gen.Int[0, retained], Gen.Int[0, 4], Gen.Int[0, 7]), Gen.Int[1, counts])
            .Select((what, how, count) => (Step)new Publish(
                what.Item1, what.Item2, what.Item3, how.Item1 == 0, how.Item1 == 0 && how.Item2 == 0, how.Item3 switch { 0 => 3u, 1 => 40u, _ => 0u }, how.Item1 == 0 ? 1 : count));
        Gen<Step> subscribe = Gen.Select(s_client, filter, Gen.Int[0, 5], Gen.Int[0, 7], Gen.Int[0, 4])
            .Select((client, f, q, noLocal, handling) => (Step)new Subscribe(
                client, f, f >= Shared ? Math.Max(1, q / 2) : q / 2, noLocal == 0 && f < Shared, handling < 3 ? 0 : handling - 2));
        Gen<Step> step = Gen.Frequency(
            (8, s_connect),
            (4, s_client.Select(client => (Step)new Drop(client))),
            (2, Gen.Select(s_client, Gen.Int[0, 4]).Select((client, end) => (Step)new Leave(client, end == 0))),
            (8, subscribe),
            (2, Gen.Select(s_client, filter).Select((client, f) => (Step)new Unsubscribe(client, f))),
            (14, publish),
            (14, s_acknowledge),
            (3, Gen.Int[0, 3].Select(i => (Step)new Wait(i switch { 0 => 1, 1 => 4, 2 => 25, _ => 60 }))),
            (2, Gen.Const((Step)new HoldDisk())),
            (1, Gen.Const((Step)new ReleaseDisk())),
            (3, s_crash),
            (2, Gen.Int[0, 3].Select(down => (Step)new Restart(down == 3 ? 25 : 0))));

        // Most begin connected and subscribed: without that the steps do little.
        Gen<Step[]> begin = Gen.Select(s_connect, s_connect, s_connect, subscribe, subscribe, subscribe)
            .Select((x, y, z, first, second, third) => (Step[])
            [
                (Connect)x with { Client = 0, Expiry = Math.Max(20, ((Connect)x).Expiry) }, (Connect)y with { Client = 1 }, (Connect)z with { Client = 2 },
                (Subscribe)first with { Client = 0 }, second, third,
            ]);
        return Gen.Select(begin, Gen.Select(step, Gen.Int[0, 4]).Select((s, hurry) => s with { Settles = hurry > 0 }).Array[1, 50])
            .Select((first, steps) => (Step[])[.. first, .. steps]);
    }
}
