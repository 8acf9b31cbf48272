using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Topics;

namespace SkyTree.AspNetCore.Portal.Traffic.Topics;

/// <summary>The unfolded part of the tree of topics. What is folded is not asked for.</summary>
/// <param name="load">Fetches the first levels below a topic (null: the first levels of all), at most so many.</param>
internal sealed class TopicBranches(Func<string?, int, CancellationToken, Task<Page<TopicItem>>> load)
{
    private const int FirstPart = 100; // levels of a branch
    private const int MostRefreshed = 24; // branches at a time; each may ask all nodes

    private readonly Dictionary<string, Branch> _open = new(StringComparer.Ordinal);
    private readonly Branch _root = new(null);
    private int _turn; // the branch that is refreshed next

    /// <summary>What is shown, from top to bottom.</summary>
    public IReadOnlyList<TopicRow> Rows { get; private set; } = [];

    /// <summary>Whether the first levels have been fetched.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Nodes that did not answer the last time.</summary>
    public int UnavailableNodes { get; private set; }

    /// <summary>Whether what is below a topic is shown.</summary>
    public bool IsOpen(string topic) => _open.ContainsKey(topic);

    /// <summary>Unfolds a level.</summary>
    public async Task OpenAsync(string topic, CancellationToken cancellationToken)
    {
        var branch = new Branch(topic);
        await FetchAsync(branch, cancellationToken);
        _open[topic] = branch;
        Flatten();
    }

    /// <summary>Folds a level. What was unfolded below it will be so again when it is.</summary>
    public void Close(string topic)
    {
        _open.Remove(topic);
        Flatten();
    }

    /// <summary>Unfolds all levels above a topic.</summary>
    public async Task RevealAsync(string topic, CancellationToken cancellationToken)
    {
        if (!IsLoaded)
        {
            await RefreshAsync(cancellationToken);
        }

        for (int slash = topic.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = topic.IndexOf('/', slash + 1))
        {
            if (!IsOpen(topic[..slash]))
            {
                await OpenAsync(topic[..slash], cancellationToken);
            }
        }
    }

    /// <summary>Shows more of the levels below a topic. False: as many as can be asked for are shown already.</summary>
    public async Task<bool> MoreAsync(string? parent, CancellationToken cancellationToken)
    {
        Branch? branch = parent is null ? _root : _open.GetValueOrDefault(parent);
        if (branch is null || branch.Limit == Page<TopicItem>.MaximumLimit)
        {
            return false;
        }

        branch.Limit = Math.Min(Page<TopicItem>.MaximumLimit, branch.Limit * 3);
        await FetchAsync(branch, cancellationToken);
        Flatten();
        return true;
    }

    /// <summary>Fetches what is shown anew; where very much is unfolded, a part of it at a time.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await FetchAsync(_root, cancellationToken);
        IsLoaded = true;
        Branch[] shown = [.. Rows.Where(row => row is { IsOpen: true, Item: not null }).Select(row => _open[row.Item!.Topic])];
        for (int i = 0; i < Math.Min(MostRefreshed, shown.Length); i++)
        {
            await FetchAsync(shown[_turn++ % shown.Length], cancellationToken);
        }

        Flatten();
    }

    private async Task FetchAsync(Branch branch, CancellationToken cancellationToken)
    {
        Page<TopicItem> page = await load(branch.Parent, branch.Limit, cancellationToken);
        branch.Items = page.Items;
        branch.HasMore = page.Next is not null;
        UnavailableNodes = page.Unavailable.Count;
    }

    private void Flatten()
    {
        var rows = new List<TopicRow>();
        Add(_root, 0);
        Rows = rows;

        void Add(Branch branch, int depth)
        {
            foreach (TopicItem item in branch.Items)
            {
                Branch? below = item.ChildCount > 0 ? _open.GetValueOrDefault(item.Topic) : null;
                rows.Add(new TopicRow(item, branch.Parent, depth, below is not null));
                if (below is not null)
                {
                    Add(below, depth + 1);
                }
            }

            if (branch.HasMore)
            {
                rows.Add(new TopicRow(null, branch.Parent, depth, false));
            }
        }
    }

    private sealed class Branch(string? parent)
    {
        public string? Parent { get; } = parent;

        public int Limit { get; set; } = FirstPart;

        public IReadOnlyList<TopicItem> Items { get; set; } = [];

        public bool HasMore { get; set; }
    }
}
