namespace SkyTree.AspNetCore.Portal.Traffic.Messages;

/// <summary>The difference between two texts, line by line.</summary>
internal static class LineDifference
{
    /// <summary>Lines of each text that are compared at most; the others are told as they are.</summary>
    public const int Most = 1500;

    /// <summary>Compares them by their longest common subsequence of lines.</summary>
    public static IReadOnlyList<LineChange> Of(string left, string right)
    {
        string[] a = left.ReplaceLineEndings("\n").Split('\n');
        string[] b = right.ReplaceLineEndings("\n").Split('\n');
        int start = 0;
        while (start < a.Length && start < b.Length && a[start] == b[start])
        {
            start++;
        }

        int end = 0;
        while (end < a.Length - start && end < b.Length - start && a[^(end + 1)] == b[^(end + 1)])
        {
            end++;
        }

        var changes = new List<LineChange>();
        changes.AddRange(a.Take(start).Select(line => new LineChange(' ', line)));
        Compare(a.AsSpan()[start..^end], b.AsSpan()[start..^end], changes);
        changes.AddRange(a.Skip(a.Length - end).Select(line => new LineChange(' ', line)));
        return changes;
    }

    private static void Compare(ReadOnlySpan<string> a, ReadOnlySpan<string> b, List<LineChange> changes)
    {
        if (a.Length > Most || b.Length > Most)
        {
            AddAll(a, '-', changes);
            AddAll(b, '+', changes);
            return;
        }

        var common = new int[a.Length + 1, b.Length + 1]; // lines that are common from here to the ends
        for (int i = a.Length - 1; i >= 0; i--)
        {
            for (int j = b.Length - 1; j >= 0; j--)
            {
                common[i, j] = a[i] == b[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
            }
        }

        int x = 0;
        int y = 0;
        while (x < a.Length && y < b.Length)
        {
            if (a[x] == b[y])
            {
                changes.Add(new LineChange(' ', a[x++]));
                y++;
            }
            else if (common[x + 1, y] >= common[x, y + 1])
            {
                changes.Add(new LineChange('-', a[x++]));
            }
            else
            {
                changes.Add(new LineChange('+', b[y++]));
            }
        }

        AddAll(a[x..], '-', changes);
        AddAll(b[y..], '+', changes);
    }

    private static void AddAll(ReadOnlySpan<string> lines, char kind, List<LineChange> changes)
    {
        foreach (string line in lines)
        {
            changes.Add(new LineChange(kind, line));
        }
    }
}
