using SkyTree.Docs.Tests.Pages;
using Xunit;

namespace SkyTree.Docs.Tests;

/// <summary>Links within README.md and docs.</summary>
public sealed class LinkTests
{
    [Fact]
    public void Every_link_leads_to_a_file_or_folder_that_is_there() =>
        Assert.All(Internal(), link => Assert.True(Path.Exists(Repository.PathOf(link.Target)), link.ToString()));

    [Fact]
    public void Every_anchor_is_a_heading_of_its_page()
    {
        IEnumerable<PageLink> toPages = Internal().Where(link => link.Anchor is not null && Page.All.Any(page => page.Path == link.Target));
        Assert.All(toPages, link => Assert.True(Page.Find(link.Target).Anchors.Contains(link.Anchor!), link.ToString()));
    }

    [Fact]
    public void No_link_leaves_the_working_copy() => Assert.DoesNotContain(Internal(), link => link.Target.StartsWith("..", StringComparison.Ordinal));

    [Fact]
    public void Other_sites_are_reached_by_https() =>
        Assert.DoesNotContain(Page.All.SelectMany(page => page.Links), link =>
            link.Address.StartsWith("http://", StringComparison.Ordinal) && new Uri(link.Address).Host is not ("127.0.0.1" or "localhost"));

    [Fact]
    public void Every_image_is_shown_somewhere()
    {
        IEnumerable<string> images = Directory.EnumerateFiles(Repository.PathOf("docs/images")).Select(file => Path.GetRelativePath(Repository.Root, file));
        Assert.Empty(images.Except(Page.All.SelectMany(page => page.Links).Where(link => link.IsImage && !link.IsExternal).Select(link => link.Target)));
    }

    [Fact]
    public void Every_page_of_docs_is_reached_from_its_entry_page()
    {
        HashSet<string> reached = [];
        Queue<string> next = new(["docs/README.md"]);
        while (next.TryDequeue(out string? path))
        {
            if (reached.Add(path))
            {
                foreach (string target in Page.Find(path).Links.Where(link => !link.IsExternal).SelectMany(Pages))
                {
                    next.Enqueue(target);
                }
            }
        }

        Assert.Empty(Page.All.Select(page => page.Path).Where(path => path.StartsWith("docs/", StringComparison.Ordinal)).Except(reached));
    }

    private static IEnumerable<PageLink> Internal() => Page.All.SelectMany(page => page.Links).Where(link => !link.IsExternal);

    // A link to a folder shows the list of its pages.
    private static IEnumerable<string> Pages(PageLink link) => Page.All.Select(page => page.Path)
        .Where(path => path == link.Target || Path.GetDirectoryName(path) == link.Target);
}
