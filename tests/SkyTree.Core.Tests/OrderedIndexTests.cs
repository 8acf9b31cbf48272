using Xunit;

namespace SkyTree.Core.Tests;

public sealed class OrderedIndexTests
{
    [Fact]
    public void Holds_what_a_sorted_set_would_hold_and_gives_it_in_parts()
    {
        int seed = Random.Shared.Next();
        var random = new Random(seed);
        var index = new OrderedIndex<string>(text => text);
        var model = new SortedSet<string>(StringComparer.Ordinal);
        for (int step = 0; step < 20_000; step++)
        {
            // Now mostly adding, now mostly removing, so that parts of it fill, split and empty.
            string item = $"k{random.Next(3000):x4}";
            if (random.Next(10) < (step / 5000 % 2 == 0 ? 8 : 2))
            {
                index.Set(item);
                model.Add(item);
            }
            else if (model.TryGetValue(item, out string? held))
            {
                index.Remove(item); // another object: it stays
                Assert.Contains(item, index.Take(item, orAt: true, 1));
                index.Remove(index.Take(item, orAt: true, 1)[0]);
                model.Remove(held);
            }

            if (step % 100 == 0)
            {
                string after = $"k{random.Next(3000):x4}";
                bool orAt = random.Next(2) == 0;
                int limit = random.Next(1, 1200);
                string[] expected = [.. model.Where(m => string.CompareOrdinal(m, after) is var order && (order > 0 || (orAt && order == 0))).Take(limit)];
                Assert.True(expected.SequenceEqual(index.Take(after, orAt, limit)), $"seed {seed}, step {step}");
                string[] before = [.. model.Reverse().Where(m => string.CompareOrdinal(m, after) < 0).Take(limit)];
                Assert.True(before.SequenceEqual(index.TakeBack(after, limit)), $"back, seed {seed}, step {step}");
            }
        }

        Assert.True(model.SequenceEqual(index.Take(null, orAt: false, int.MaxValue)), $"seed {seed}");
        Assert.True(model.Reverse().SequenceEqual(index.TakeBack(null, int.MaxValue)), $"seed {seed}");
        index.Clear();
        Assert.Empty(index.Take(null, orAt: false, 10));
        Assert.Empty(index.TakeBack(null, 10));
    }

    [Fact]
    public void What_comes_in_order_is_there_in_order()
    {
        var index = new OrderedIndex<string>(text => text);
        string[] items = [.. Enumerable.Range(0, 5000).Select(i => i.ToString("D6", System.Globalization.CultureInfo.InvariantCulture))];
        Array.ForEach(items, index.Set);
        Assert.Equal(items, index.Take(null, orAt: false, int.MaxValue));
        Assert.Equal(items[4000..4010], index.Take("003999", orAt: false, 10));
    }
}
