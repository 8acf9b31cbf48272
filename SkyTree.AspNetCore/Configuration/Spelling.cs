namespace SkyTree.AspNetCore.Configuration;

/// <summary>Finds the word that was probably meant.</summary>
internal static class Spelling
{
    private const int MaximumDistance = 3;

    /// <summary>The one of the words that differs least from what was written; null when all differ much.</summary>
    public static string? Nearest(string written, IEnumerable<string> words)
    {
        string? nearest = words.MinBy(word => Distance(written, word));
        return nearest is not null && Distance(written, nearest) <= MaximumDistance ? nearest : null;
    }

    /// <summary>How many letters to change, add or remove to make one word of the other.</summary>
    private static int Distance(string one, string other)
    {
        int[] row = [.. Enumerable.Range(0, other.Length + 1)];
        for (int i = 1; i <= one.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= other.Length; j++)
            {
                int same = diagonal + (char.ToUpperInvariant(one[i - 1]) == char.ToUpperInvariant(other[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(same, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
