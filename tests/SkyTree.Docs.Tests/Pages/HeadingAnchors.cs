namespace SkyTree.Docs.Tests.Pages;

/// <summary>The anchors that GitHub and GitLab give to headings.</summary>
internal static class HeadingAnchors
{
    public static IReadOnlySet<string> Of(IEnumerable<string> headings)
    {
        HashSet<string> anchors = [];
        foreach (string heading in headings)
        {
            string anchor = Of(heading);
            string unique = anchor;
            for (int i = 1; !anchors.Add(unique); i++)
            {
                unique = $"{anchor}-{i}";
            }
        }

        return anchors;
    }

    // Letters and digits stay, in small; spaces become hyphens; other signs go.
    private static string Of(string heading) => string.Concat(heading.Trim().ToLowerInvariant().Select(sign => sign switch
    {
        ' ' => "-",
        '-' or '_' => sign.ToString(),
        _ when char.IsLetterOrDigit(sign) => sign.ToString(),
        _ => "",
    }));
}
