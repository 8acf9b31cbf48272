using Xunit;

namespace SkyTree.Cluster.Tests.Chaos.History;

/// <summary>Which histories of a register there can be.</summary>
public sealed class RegisterCheckerTests(ITestOutputHelper output)
{
    private readonly List<RegisterOperation> _history = [];

    [Fact]
    public void What_was_set_is_seen_and_before_it_nothing()
    {
        See("", 0, 1);
        Set("a", 2, 3);
        See("a", 4, 5);
        Set("b", 6, 7);
        See("b", 8, 9);

        Assert.Null(RegisterChecker.Judge(_history));
    }

    [Fact]
    public void What_is_being_set_is_seen_or_not()
    {
        Set("a", 0, 10);
        See("", 1, 2);
        See("a", 3, 4);

        Assert.Null(RegisterChecker.Judge(_history));
    }

    [Fact]
    public void What_was_replaced_is_not_seen_any_more()
    {
        Set("a", 0, 1);
        Set("b", 2, 3);
        See("a", 4, 5);

        Refused();
    }

    [Fact]
    public void Nobody_sees_the_old_value_when_somebody_has_seen_the_new_one()
    {
        Set("a", 0, 1);
        Set("b", 2, 20);
        See("b", 3, 4);
        See("a", 5, 6);

        Refused();
    }

    [Fact]
    public void Nothing_is_not_seen_when_something_was_set()
    {
        Set("a", 0, 1);
        See("", 2, 3);

        Refused();
    }

    [Fact]
    public void Two_who_set_at_once_are_seen_in_one_order_by_all()
    {
        Set("a", 0, 10);
        Set("b", 0, 10);
        See("a", 1, 2);
        See("b", 3, 4);
        Assert.Null(RegisterChecker.Judge(_history));

        See("a", 5, 6);
        Refused();
    }

    [Fact]
    public void Of_what_nobody_knows_whether_it_was_set_it_may_be_seen_much_later_or_never()
    {
        Set("a", 0, 1);
        Set("lost", 2, null);
        Set("late", 2, null);
        See("a", 3, 4);
        Set("b", 5, 6);
        See("b", 7, 8);
        See("late", 9, 10);
        Assert.Null(RegisterChecker.Judge(_history));

        See("b", 11, 12);
        Refused();
    }

    [Fact]
    public void What_is_set_later_is_not_seen()
    {
        See("a", 0, 1);
        Set("a", 2, 3);

        Refused();
    }

    [Fact]
    public void What_nobody_set_is_not_seen()
    {
        Set("a", 0, 1);
        See("b", 2, 3);

        Refused();
    }

    [Fact]
    public void A_history_that_has_a_value_twice_is_no_history_to_judge()
    {
        Set("a", 0, 1);
        Set("a", 2, 3);

        Assert.Throws<ArgumentException>(() => RegisterChecker.Judge(_history));
    }

    /// <summary>Small histories at random, judged by trying all orders, too.</summary>
    [Fact]
    public void It_finds_the_same_as_trying_all_orders()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        int possible = 0;
        const int Histories = 20_000;
        for (int i = 0; i < Histories; i++)
        {
            _history.Clear();
            int sets = random.Next(1, 4);
            for (int operation = 0; operation < 6; operation++)
            {
                int called = random.Next(12);
                int returned = called + random.Next(6);
                if (operation < sets)
                {
                    Set($"{operation}", called, random.Next(4) == 0 ? null : returned);
                }
                else
                {
                    See(random.Next(sets + 1) is > 0 and var seen ? $"{seen - 1}" : "", called, returned);
                }
            }

            bool isPossible = CanGoOn(_history, "");
            Assert.True(isPossible == (RegisterChecker.Judge(_history) is null), $"seed {seed}: it {(isPossible ? "is" : "is not")} linearizable:\n{string.Join('\n', _history)}");
            possible += isPossible ? 1 : 0;
        }

        Assert.InRange(possible, Histories / 20, Histories * 19 / 20); // else it would have been shown little
    }

    /// <summary>Whether what is left can happen, one after the other, when the register has this value.</summary>
    private static bool CanGoOn(List<RegisterOperation> left, string value) =>
        left.TrueForAll(operation => operation.ReturnedAt is null)
        || left.Exists(next =>
            left.TrueForAll(other => other.Latest >= next.CalledAt)
            && (next.IsSet || next.Value == value)
            && CanGoOn([.. left.Where(other => other != next)], next.Value));

    private void Set(string value, int called, int? returned) => Add(isSet: true, value, called, returned);

    private void See(string value, int called, int returned) => Add(isSet: false, value, called, returned);

    private void Add(bool isSet, string value, int called, int? returned) =>
        _history.Add(new RegisterOperation($"client {_history.Count}", isSet, value, TimeSpan.FromSeconds(called), returned is { } at ? TimeSpan.FromSeconds(at) : null));

    private void Refused() => Assert.NotNull(RegisterChecker.Judge(_history));
}
