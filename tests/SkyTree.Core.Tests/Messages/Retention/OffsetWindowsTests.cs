using CsCheck;
using SkyTree.Core.Messages.Retention;
using Xunit;

namespace SkyTree.Core.Tests.Messages.Retention;

public sealed class OffsetWindowsTests
{
    [Fact]
    public void Merged_windows_hold_the_same_offsets_and_lie_apart()
    {
        Gen.Select(Gen.Select(Gen.Long[0, 60], Gen.Long[0, 60]).Array[0, 12], Gen.Long[0, 30]).Sample((pieces, above) =>
        {
            var windows = new OffsetWindows();
            var expected = new SortedSet<long>();
            foreach ((long after, long to) in pieces)
            {
                windows.Add(after, to);
                for (long offset = Math.Max(after, above) + 1; offset <= to; offset++)
                {
                    expected.Add(offset);
                }
            }

            List<(long After, long To)> merged = windows.Merge(above, expected.Count)!;
            Assert.Equal(expected, merged.SelectMany(w => Enumerable.Range((int)w.After + 1, (int)(w.To - w.After)).Select(o => (long)o)));
            Assert.All(merged.Zip(merged.Skip(1)), pair => Assert.True(pair.First.To < pair.Second.After));
            if (expected.Count > 0)
            {
                Assert.Null(windows.Merge(above, expected.Count - 1));
            }
        });
    }
}
