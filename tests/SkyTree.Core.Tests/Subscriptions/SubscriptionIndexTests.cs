using System.Text;
using CsCheck;
using SkyTree.Core.Protocol;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Subscriptions;

public sealed class SubscriptionIndexTests
{
    private static readonly string[] s_levels = ["a", "b", "", "$x", "ä"];

    private static readonly Gen<string> s_topic =
        Pick.OneOf(s_levels).Array[1, 4].Select(levels => string.Join('/', levels)).Where(topic => topic.Length > 0);

    private static readonly Gen<string> s_filter = Gen.Select(
        Pick.OneOf([.. s_levels, "+", "+", "+"]).Array[0, 4],
        Gen.Bool,
        (levels, below) => string.Join('/', below ? [.. levels, "#"] : levels)).Where(filter => filter.Length > 0);

    private static readonly Gen<Change> s_change =
        Gen.Select(Gen.Int[0, 5], s_filter, Gen.Bool, Gen.Int[0, 2], Pick.OneOf<string?>(null, null, "g", "h"), (session, filter, adds, qos, group) => new Change(session, filter, adds, (QoS)qos, group));

    [Fact]
    public void Every_topic_finds_what_a_plain_comparison_with_all_filters_finds() =>
        Gen.Select(s_change.Array[0, 60], s_topic.Array[1, 10]).Sample(
            (changes, topics) =>
            {
                var core = new TestCore();
                Session[] sessions = [.. Enumerable.Range(0, 6).Select(i => new Session($"s{i}", false, core.Context))];
                var index = new SubscriptionIndex();
                var model = new Dictionary<(int, string), Subscription>();
                foreach (Change change in changes)
                {
                    Apply(change, core, sessions, index, model);
                    foreach (string topic in topics)
                    {
                        Check(index, model, topic);
                    }
                }

                Assert.Equal(model.Keys.Where(k => k.Item1 >= 0).Count() + model.Values.Select(s => s.Group).Where(g => g is not null).Distinct().Count(), index.Count);
                foreach ((int session, string text) in model.Keys.ToArray())
                {
                    Apply(new Change(Math.Max(session, ~session), TestCore.Filter(text).Filter, false, 0, TestCore.Filter(text).Group), core, sessions, index, model);
                }

                Assert.Equal(0, index.Count);
                Assert.True(index.IsPruned, "nodes are left though no subscription is");
            },
            iter: 1_000,
            print: t => string.Join('\n', t.Item1.Select(c => c.ToString())) + "\n" + string.Join(' ', t.Item2));

    [Fact]
    public async Task Readers_see_every_subscription_that_stands_while_others_come_and_go()
    {
        var core = new TestCore();
        var index = new SubscriptionIndex();
        Session standing = new("standing", false, core.Context);
        string[] filters = ["a/b/c", "a/+/c", "a/#", "+/b/#", "#"];
        foreach (string text in filters)
        {
            index.Set(TestCore.Filter(text), Make(standing, text, QoS.AtLeastOnce, null));
        }

        using var stop = new CancellationTokenSource();
        byte[] topic = "a/b/c"u8.ToArray();
        Task[] readers = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            long matches = 0;
            while (!stop.IsCancellationRequested || matches == 0)
            {
                Route route = index.Match(topic);
                Subscription own = Assert.Single(route.Subscriptions, s => ReferenceEquals(s.Session, standing));
                Assert.Equal(5, own.Identifiers.Length);
                Assert.Equal(route.Subscriptions.Length, route.Subscriptions.Select(s => s.Session).Distinct().Count());
                matches++;
            }
        }))];

        var random = new Random(1);
        Session[] others = [.. Enumerable.Range(0, 200).Select(i => new Session($"o{i}", false, core.Context))];
        for (int i = 0; i < 30_000; i++)
        {
            Session session = others[random.Next(others.Length)];
            string text = random.Next(3) switch { 0 => filters[random.Next(5)], 1 => $"a/{random.Next(300)}", _ => $"a/b/c/{random.Next(300)}" };
            if (random.Next(2) == 0)
            {
                index.Set(TestCore.Filter(text), Make(session, text, QoS.AtMostOnce, null));
            }
            else
            {
                index.Remove(TestCore.Filter(text), session);
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
    }

    [Fact]
    public void A_match_never_depends_on_the_cache()
    {
        var core = new TestCore();
        var index = new SubscriptionIndex();
        Session session = new("s", false, core.Context);
        Assert.True(index.Match("a"u8).IsEmpty);
        index.Set(TestCore.Filter("a"), Make(session, "a", QoS.AtMostOnce, null));
        Subscription first = Assert.Single(index.Match("a"u8).Subscriptions);
        index.Set(TestCore.Filter("a"), Make(session, "a", QoS.AtLeastOnce, null));
        Assert.NotSame(first, Assert.Single(index.Match("a"u8).Subscriptions));
        index.Remove(TestCore.Filter("a"), session);
        Assert.True(index.Match("a"u8).IsEmpty);
    }

    [Fact]
    public void Thousands_of_wildcard_levels_do_not_exhaust_the_stack()
    {
        var core = new TestCore();
        var index = new SubscriptionIndex();
        string text = string.Join('/', Enumerable.Repeat("+", 30_000));
        string topic = string.Join('/', Enumerable.Repeat("a", 30_000));
        index.Set(TestCore.Filter(text), Make(new Session("s", false, core.Context), text, QoS.AtMostOnce, null));
        index.Set(TestCore.Filter(topic), Make(new Session("t", false, core.Context), topic, QoS.AtMostOnce, null));
        var small = new Thread(() => Assert.Equal(2, index.Match(Encoding.UTF8.GetBytes(topic)).Subscriptions.Length), maxStackSize: 256 * 1024);
        small.Start();
        small.Join();
    }

    [Fact]
    public void Many_siblings_come_and_go_in_linear_time_and_leave_nothing()
    {
        var core = new TestCore();
        var index = new SubscriptionIndex();
        Session session = new("s", false, core.Context);
        string[] filters = [.. Enumerable.Range(0, 100_000).Select(i => $"device/{i}")];
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        foreach (string text in filters)
        {
            index.Set(TestCore.Filter(text), Make(session, text, QoS.AtMostOnce, null));
        }

        Assert.Single(index.Match("device/4711"u8).Subscriptions);
        foreach (string text in filters)
        {
            index.Remove(TestCore.Filter(text), session);
        }

        Assert.True(index.Match("device/4711"u8).IsEmpty);
        Assert.True(index.IsPruned);
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(4));
    }

    [Fact]
    public void A_set_of_subscribers_grows_shrinks_and_finds_each()
    {
        var core = new TestCore();
        var set = new SubscriberSet();
        Session[] sessions = [.. Enumerable.Range(0, 5_000).Select(i => new Session($"s{i}", false, core.Context))];
        foreach (Session session in sessions)
        {
            Assert.Null(set.Set(session, Make(session, "t", QoS.AtMostOnce, null)));
        }

        Subscription replacement = Make(sessions[7], "t", QoS.AtLeastOnce, null);
        Assert.NotNull(set.Set(sessions[7], replacement));
        Assert.Same(replacement, set.Find(sessions[7]));
        Assert.Equal(5_000, set.Count);
        Assert.Equal(5_000, set.Buckets.SelectMany(b => b).Distinct().Count());
        int most = set.Buckets.Length;
        foreach (Session session in sessions.Skip(10))
        {
            Assert.NotNull(set.Remove(session));
            Assert.Null(set.Remove(session));
        }

        Assert.Equal(10, set.Count);
        Assert.True(set.Buckets.Length < most / 16);
        Assert.All(sessions.Take(10), session => Assert.NotNull(set.Find(session)));
    }

    private static void Apply(Change change, TestCore core, Session[] sessions, SubscriptionIndex index, Dictionary<(int, string), Subscription> model)
    {
        string text = change.Group is null ? change.Filter : $"$share/{change.Group}/{change.Filter}";
        TopicFilter filter = TestCore.Filter(text);
        Session session = sessions[change.Session];
        (int, string) key = (change.Group is null ? change.Session : ~change.Session, text);
        SharedGroup? group = change.Group is null ? null : index.FindGroup(filter);
        if (change.Adds)
        {
            group ??= change.Group is null ? null : new SharedGroup(filter, core.Context);
            Subscription subscription = Make(session, text, change.QoS, group);
            model[key] = subscription;
            if (group is null)
            {
                index.Set(filter, subscription);
            }
            else
            {
                group.Add(subscription, 0);
                index.Set(filter, group);
            }
        }
        else if (model.Remove(key))
        {
            if (group is null)
            {
                index.Remove(filter, session);
            }
            else if (group.Remove(session, 0))
            {
                index.Remove(filter, group);
            }
        }
        else if (change.Group is null)
        {
            index.Remove(filter, session); // there is none: nothing happens
        }
    }

    private static void Check(SubscriptionIndex index, Dictionary<(int, string), Subscription> model, string topic)
    {
        Route route = index.Match(Encoding.UTF8.GetBytes(topic));
        Subscription[] matching = [.. model.Values.Where(s => TopicFilter.Matches(s.Filter.Filter, topic))];
        var expected = matching.Where(s => s.Group is null).GroupBy(s => s.Session)
            .Select(g => $"{g.Key.ClientId} {g.Max(s => s.QoS)} {string.Join(',', g.SelectMany(s => s.Identifiers).Order())}").Order();
        var found = route.Subscriptions.Select(s => $"{s.Session.ClientId} {s.QoS} {string.Join(',', s.Identifiers.Order())}").Order();
        Assert.Equal(expected, found);
        Assert.Equal(
            matching.Where(s => s.Group is not null).Select(s => s.Filter.Text).Distinct().Order(),
            route.Groups.Select(g => g.Filter.Text).Order());
    }

    private static Subscription Make(Session session, string text, QoS qos, SharedGroup? group) => new()
    {
        Session = session,
        Filter = TestCore.Filter(text),
        QoS = qos,
        Group = group,
        Identifiers = [(uint)(text.GetHashCode(StringComparison.Ordinal) & 0xFFFFFF) + 1],
    };

    private sealed record Change(int Session, string Filter, bool Adds, QoS QoS, string? Group);
}
