namespace SkyTree.Rules.Templates;

/// <summary>A text with placeholders, <c>${…}</c>.</summary>
internal static class Template
{
    /// <summary>Takes a template apart.</summary>
    /// <param name="text">The template.</param>
    /// <param name="parts">Its parts in their order; texts are not empty.</param>
    /// <param name="problem">What is wrong with it; empty: nothing.</param>
    public static bool TryParse(string text, out IReadOnlyList<TemplatePart> parts, out string problem)
    {
        List<TemplatePart> found = [];
        parts = found;
        problem = "";
        int at = 0;
        while (at < text.Length)
        {
            int start = text.IndexOf("${", at, StringComparison.Ordinal);
            if (start < 0)
            {
                found.Add(new TemplatePart(text[at..], IsPlaceholder: false));
                break;
            }

            if (start > at)
            {
                found.Add(new TemplatePart(text[at..start], IsPlaceholder: false));
            }

            int end = FindEnd(text, start + 2);
            if (end < 0)
            {
                problem = $"'{text}' has a ${{ without its }}";
                return false;
            }

            found.Add(new TemplatePart(text[(start + 2)..end], IsPlaceholder: true));
            at = end + 1;
        }

        return true;
    }

    /// <summary>Where a placeholder ends; a brace within quotes, as JSONPath has them, is not the end.</summary>
    private static int FindEnd(string text, int at)
    {
        char quote = '\0';
        for (; at < text.Length; at++)
        {
            char letter = text[at];
            if (quote != '\0')
            {
                at += letter == '\\' ? 1 : 0;
                quote = letter == quote ? '\0' : quote;
            }
            else if (letter is '\'' or '"')
            {
                quote = letter;
            }
            else if (letter == '}')
            {
                return at;
            }
        }

        return -1;
    }
}

/// <summary>A part of a template.</summary>
/// <param name="Text">The text, or what stands between the braces.</param>
/// <param name="IsPlaceholder">Which of both.</param>
internal readonly record struct TemplatePart(string Text, bool IsPlaceholder);
