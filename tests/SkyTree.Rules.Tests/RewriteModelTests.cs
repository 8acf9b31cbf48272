using System.Buffers;
using System.Globalization;
using System.Text;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Rewriting;
using SkyTree.Core.Security;
using SkyTree.Rules.Rewriting;

namespace SkyTree.Rules.Tests;

/// <summary>Random rules and topics against rules that are tried one after the other, level by level.</summary>
public sealed class RewriteModelTests
{
    private static readonly ClientIdentity s_client = new("c1", "anna", null);

    [Fact]
    public void Random_rules_do_what_those_do_that_are_tried_one_after_the_other()
    {
        int seed = TestSeed.Next();
        TestContext.Current.TestOutputHelper?.WriteLine($"SKYTREE_TEST_SEED={seed.ToString(CultureInfo.InvariantCulture)}");
        var random = new Random(seed);
        int rewritten = 0;
        for (int round = 0; round < 400; round++)
        {
            RewriteOptions[] rules = [.. Enumerable.Range(0, random.Next(1, 60)).Select(number => MakeRule(random, number))];
            var rewriter = new TopicRewriter([.. rules.Select(rule => RewriteRule.TryCreate(rule, (option, problem) => Assert.Fail($"seed {seed}: {option} of {rule}: {problem}"))!)], TimeProvider.System);
            for (int i = 0; i < 100; i++)
            {
                string topic = MakeTopic(random);
                (RewriteResult expected, string? expectedTopic) = Model(rules, topic, RewriteScope.Publish);
                var output = new ArrayBufferWriter<byte>();
                RewriteResult result = rewriter.RewriteTopic(s_client, Encoding.UTF8.GetBytes(topic), output);
                Assert.True(result == expected && (result != RewriteResult.Rewritten || Encoding.UTF8.GetString(output.WrittenSpan) == expectedTopic),
                    $"seed {seed}: publish '{topic}' became {result} '{Encoding.UTF8.GetString(output.WrittenSpan)}', not {expected} '{expectedTopic}', by {string.Join("; ", rules.AsEnumerable())}");
                rewritten += result == RewriteResult.Rewritten ? 1 : 0;

                string filter = MakeFilter(random);
                (expected, string? expectedFilter) = Model(rules, filter, RewriteScope.Subscribe);
                result = rewriter.RewriteFilter(s_client, filter, out string rewrittenFilter);
                Assert.True(result == expected && (result != RewriteResult.Rewritten || rewrittenFilter == expectedFilter),
                    $"seed {seed}: subscribe '{filter}' became {result} '{rewrittenFilter}', not {expected} '{expectedFilter}', by {string.Join("; ", rules.AsEnumerable())}");
                rewritten += result == RewriteResult.Rewritten ? 1 : 0;
            }
        }

        Assert.True(rewritten > 1000, $"seed {seed}: only {rewritten} were rewritten, which proves little");
    }

    [Fact]
    public void What_a_subscription_gets_is_what_was_published_to_a_topic_that_it_fits()
    {
        // Who publishes to what a subscription fits, and whose subscription a rule is for, find each other.
        int seed = TestSeed.Next();
        var random = new Random(seed);
        for (int round = 0; round < 20_000; round++)
        {
            RewriteOptions rule = MakeRule(random, 0) with { For = RewriteScope.All };
            var rewriter = new TopicRewriter([RewriteRule.TryCreate(rule, (_, _) => { })!], TimeProvider.System);
            string filter = MakeFilter(random);
            string topic = MakeTopic(random);
            var output = new ArrayBufferWriter<byte>();
            if (Core.Subscriptions.TopicFilter.Matches(filter, topic)
                && rewriter.RewriteFilter(s_client, filter, out string to) == RewriteResult.Rewritten
                && rewriter.RewriteTopic(s_client, Encoding.UTF8.GetBytes(topic), output) == RewriteResult.Rewritten)
            {
                string published = Encoding.UTF8.GetString(output.WrittenSpan);
                Assert.True(Core.Subscriptions.TopicFilter.Matches(to, published), $"seed {seed}: '{topic}' fits '{filter}', but '{published}' does not fit '{to}', by {rule}");
            }
        }
    }

    [Fact]
    public void A_publish_is_rewritten_without_allocating_among_a_hundred_rules()
    {
        var rewriter = new TopicRewriter(
            [.. Enumerable.Range(0, 100).Select(i => RewriteRule.TryCreate(new RewriteOptions { Name = $"r{i}", Filter = $"old/{i}/+/#", To = $"new/${{clientid}}/{i}/${{2}}/${{1}}" }, (_, problem) => Assert.Fail(problem))!)],
            TimeProvider.System);
        var output = new ArrayBufferWriter<byte>(256);
        byte[] topic = "old/57/a/b/c"u8.ToArray();
        byte[] other = "old/100/a/b/c"u8.ToArray();
        long allocated = long.MaxValue; // by the round that allocates least: the first ones compile
        for (int i = 0; i < 1000; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            output.ResetWrittenCount();
            RewriteResult unchanged = rewriter.RewriteTopic(s_client, other, output);
            RewriteResult rewritten = rewriter.RewriteTopic(s_client, topic, output);
            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.Equal((RewriteResult.Unchanged, RewriteResult.Rewritten), (unchanged, rewritten));
        }

        Assert.Equal("new/c1/57/b/c/a", Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Equal(0, allocated);
    }

    private static (RewriteResult Result, string? Topic) Model(RewriteOptions[] rules, string topic, RewriteScope scope)
    {
        RewriteOptions? first = rules.FirstOrDefault(rule => (rule.For == RewriteScope.All || rule.For == scope) && Covers(rule.Filter.Split('/'), topic.Split('/'), isFirst: true));
        if (first is null)
        {
            return (RewriteResult.Unchanged, null);
        }

        string to = first.To;
        string[] levels = first.Filter.Split('/');
        string[] given = topic.Split('/');
        int number = 0;
        for (int i = 0; i < levels.Length; i++)
        {
            if (levels[i] is "+" or "#")
            {
                string placeholder = $"${{{++number}}}";
                string? value = levels[i] == "+" ? given[i] : i < given.Length ? string.Join('/', given.Skip(i)) : null;
                to = value is null ? to.Replace("/" + placeholder, "", StringComparison.Ordinal).Replace(placeholder, "", StringComparison.Ordinal) : to.Replace(placeholder, value, StringComparison.Ordinal);
            }
        }

        to = to.Replace("${clientid}", s_client.ClientId, StringComparison.Ordinal).Replace("${username}", s_client.UserName, StringComparison.Ordinal);
        bool isValid = to.Length > 0 && to[0] != '$' && (scope == RewriteScope.Publish ? !to.Contains('+') && !to.Contains('#') : IsFilter(to));
        return isValid ? (RewriteResult.Rewritten, to) : (RewriteResult.Refused, null);
    }

    private static bool IsFilter(string text)
    {
        string[] levels = text.Split('/');
        return levels.Index().All(level => level.Item.Length == 1 ? level.Item != "#" || level.Index == levels.Length - 1 : !level.Item.Contains('+') && !level.Item.Contains('#'));
    }

    private static bool Covers(ReadOnlySpan<string> rule, ReadOnlySpan<string> asked, bool isFirst)
    {
        if (isFirst && rule[0] is "+" or "#" && asked[0].StartsWith('$'))
        {
            return false;
        }

        return rule.IsEmpty ? asked.IsEmpty
            : rule[0] == "#" || (!asked.IsEmpty && asked[0] != "#" && (rule[0] == "+" || rule[0] == asked[0]) && Covers(rule[1..], asked[1..], isFirst: false));
    }

    private static RewriteOptions MakeRule(Random random, int number)
    {
        string filter = MakeFilter(random);
        int wildcards = TopicLevels.CountWildcards(filter);
        string[] levels = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => MakeLevel(random, wildcards))];
        string to = string.Join('/', levels);
        return new RewriteOptions
        {
            Name = $"r{number.ToString(CultureInfo.InvariantCulture)}",
            Filter = filter,
            To = to.Length == 0 ? "new" : to,
            For = (RewriteScope)random.Next(3),
        };
    }

    private static string MakeLevel(Random random, int wildcards)
    {
        string placeholder = $"${{{random.Next(1, Math.Max(2, wildcards + 1)).ToString(CultureInfo.InvariantCulture)}}}";
        return random.Next(7) switch
        {
            0 or 1 or 2 when wildcards > 0 => placeholder,
            3 when wildcards > 0 => "x-" + placeholder,
            4 => "${clientid}",
            5 => "${username}-y",
            6 when random.Next(4) == 0 => "",
            _ => "new",
        };
    }

    private static string MakeTopic(Random random) =>
        string.Join('/', Enumerable.Range(0, random.Next(1, 5)).Select(i => i == 0 && random.Next(8) == 0 ? "$x" : Word(random))) is { Length: > 0 } topic ? topic : "a";

    private static string MakeFilter(Random random)
    {
        List<string> levels = [.. Enumerable.Range(0, random.Next(1, 5)).Select(i => i == 0 && random.Next(8) == 0 ? "$x" : random.Next(3) == 0 ? "+" : Word(random))];
        if (random.Next(3) == 0)
        {
            levels[^1] = "#";
        }

        return string.Join('/', levels) is { Length: > 0 } filter ? filter : "#";
    }

    private static string Word(Random random) => random.Next(10) switch { 0 => "", < 6 => "a", _ => "b" };
}
