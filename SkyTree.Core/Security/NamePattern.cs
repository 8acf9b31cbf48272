namespace SkyTree.Core.Security;

/// <summary>A text in which <c>*</c> stands for any characters, also none.</summary>
internal static class NamePattern
{
    public static bool IsExact(string pattern) => !pattern.Contains('*', StringComparison.Ordinal);

    /// <summary>Whether a name fits. Takes the time of both lengths, multiplied, at most.</summary>
    public static bool Fits(string pattern, ReadOnlySpan<char> name)
    {
        int p = 0;
        int n = 0;
        int star = -1;
        int resume = 0;
        while (n < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                resume = n;
            }
            else if (p < pattern.Length && pattern[p] == name[n])
            {
                p++;
                n++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                n = ++resume;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
        {
            p++;
        }

        return p == pattern.Length;
    }
}
