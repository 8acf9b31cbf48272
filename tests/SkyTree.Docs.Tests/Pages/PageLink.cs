namespace SkyTree.Docs.Tests.Pages;

/// <summary>A link or an image on a page.</summary>
/// <param name="Page">Where it is.</param>
/// <param name="Address">What it leads to, as written.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="IsImage">Whether the page shows it.</param>
internal sealed record PageLink(Page Page, string Address, int Line, bool IsImage)
{
    /// <summary>Whether it leads out of the working copy.</summary>
    public bool IsExternal => Uri.TryCreate(Address, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" or "mailto";

    /// <summary>The file or folder, relative to the root of the working copy; the page itself if only an anchor is given.</summary>
    public string Target
    {
        get
        {
            string path = Uri.UnescapeDataString(Address.Split('#')[0]);
            string folder = Path.GetDirectoryName(Repository.PathOf(Page.Path))!;
            return path.Length == 0 ? Page.Path : Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(folder, path)));
        }
    }

    /// <summary>What is behind <c>#</c>, or null.</summary>
    public string? Anchor => Address.IndexOf('#', StringComparison.Ordinal) is >= 0 and var start ? Uri.UnescapeDataString(Address[(start + 1)..]) : null;

    public override string ToString() => $"{Page}:{Line}: {Address}";
}
