using SkyTree.Core.Admin.Nodes;
using SkyTree.Core.Registry;
using SkyTree.Core.Replication;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Admin.Subscriptions;

/// <content>Shared groups.</content>
public sealed partial class SubscriptionAdmin
{
    private const int MostForgotten = 100; // choices for groups that are no more, removed with another one

    /// <summary>Lists shared groups by filter, with how far each has come.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="group">Those with this share name; null: all.</param>
    /// <param name="cursor">Where to go on; null: from the front.</param>
    /// <param name="limit">At most so many, 1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or the limit or cursor makes no sense.</exception>
    public async Task<Page<SharedGroupItem>> ListGroupsAsync(Caller caller, string? group, string? cursor, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Sessions, AdminAccess.Read);
        Paging.RequireLimit(limit);
        string? after = Paging.Decode(cursor, 1)?[0];
        List<SharedGroup> groups =
        [
            .. _parts.State.Index.Groups
                .Where(g => (group is null || g.Name == group) && (after is null || string.CompareOrdinal(g.Filter.Text, after) > 0))
                .OrderBy(g => g.Filter.Text, StringComparer.Ordinal)
                .Take(limit + 1),
        ];
        SharedGroupItem[] items = await Task.WhenAll(groups.Take(limit).Select(g => DescribeAsync(g, cancellationToken))).ConfigureAwait(false);
        return new Page<SharedGroupItem>(items, groups.Count > limit ? Paging.Encode(items[^1].Filter) : null)
        {
            Unavailable = [.. items.Where(item => item.Live is null && item.Dispatcher != _parts.State.Node).Select(item => item.Dispatcher).Distinct().Order()],
        };
    }

    /// <summary>One shared group.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="filter"><c>$share/{group}/{filter}</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or there is no such group.</exception>
    public async Task<SharedGroupItem> GetGroupAsync(Caller caller, string filter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Sessions, AdminAccess.Read);
        SharedGroup group = FindGroup(filter);
        SharedGroupItem item = await DescribeAsync(group, cancellationToken).ConfigureAwait(false);
        Dictionary<string, int> inflight = InflightHere(group.Filter.Text);
        foreach (NodeAnswer<IReadOnlyDictionary<string, int>> answer in await Task.WhenAll(item.Members.Where(member => member.IsConnected && member.Node != _parts.State.Node).Select(member => member.Node).Distinct()
            .Select(node => _parts.Nodes.AskAsync<GroupQuestion, IReadOnlyDictionary<string, int>>(node, "groups.inflight", new GroupQuestion(group.Filter.Text), cancellationToken))).ConfigureAwait(false))
        {
            foreach ((string clientId, int count) in answer.HasAnswered ? answer.Value : new Dictionary<string, int>())
            {
                inflight[clientId] = count;
            }
        }

        return item with { Members = [.. item.Members.Select(member => member with { Inflight = inflight.TryGetValue(member.ClientId, out int count) ? count : member.IsConnected ? null : 0 })] };
    }

    /// <summary>
    /// Has another node hand out what a shared group reads from the log, to its own members. What is in flight elsewhere and is not
    /// acknowledged may be handed out again. It stays so while that node has a member, until another one is chosen.
    /// </summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="filter"><c>$share/{group}/{filter}</c>.</param>
    /// <param name="node">The node; null: that with the most connected members.</param>
    /// <param name="cancellationToken">Gives up looking.</param>
    /// <exception cref="AdminException">The caller may not, there is no such group, the node has none of its members, or the broker is one process.</exception>
    public async Task<SharedGroupMove> MoveGroupAsync(Caller caller, string filter, Guid? node = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Sessions, AdminAccess.Write);
        SharedGroupItem group = await DescribeAsync(FindGroup(filter), cancellationToken).ConfigureAwait(false);
        if (_parts.State.Node == Guid.Empty)
        {
            throw new AdminException(AdminError.Conflict, "no_cluster", "This broker is one process: it hands out to all members.");
        }

        Guid to = node ?? group.Busiest;
        int members = group.Members.Count(member => member.IsConnected && member.Node == to);
        if (members == 0)
        {
            throw new AdminException(AdminError.Conflict, "no_member_there", node is null ? "No member of the group is connected." : "No member of the group is connected to that node.");
        }

        if (to != group.Dispatcher)
        {
            if (_parts.State.Level < FormatLevel.ChosenDispatchers)
            {
                throw new AdminException(AdminError.Conflict, "older_release", "A node of an earlier release is part of the cluster, and would hand out as before. Upgrade all nodes first.");
            }

            RegistryChange[] changes =
            [
                new(RegistryCollection.SharedGroups, group.Filter, RegistryJson.Encode(new SharedGroupContent { Dispatcher = to })),
                .. _registry[RegistryCollection.SharedGroups].Entries.Where(entry => !TopicFilter.TryParse(entry.Key, out TopicFilter known) || _parts.State.Index.FindGroup(known) is null)
                    .Take(MostForgotten).Select(entry => new RegistryChange(RegistryCollection.SharedGroups, entry.Key, null)),
            ];
            RegistryOutcome outcome = await _registry.TryChangeAsync(changes, new RegistryNote(caller, "groups.move", group.Filter, group.Dispatcher.ToString(), to.ToString())).ConfigureAwait(false);
            if (!outcome.Done)
            {
                throw RegistryWriter.Mistake(outcome.Failure, "group", group.Filter);
            }
        }

        return new SharedGroupMove(group.Dispatcher, to, members);
    }

    private SharedGroup FindGroup(string filter) => _parts.State.Index.FindGroup(AdminMistakes.RequireFilter("filter", filter))
        ?? throw new AdminException(AdminError.NotFound, "group_not_found", $"There is no shared group '{filter}'.");


    private async Task<SharedGroupItem> DescribeAsync(SharedGroup group, CancellationToken cancellationToken)
    {
        Subscription[] members = group.Members;
        Guid dispatcher = _parts.State.Node == Guid.Empty ? Guid.Empty : group.Dispatcher ?? _parts.State.Node;
        SharedGroupLive? live = dispatcher == _parts.State.Node
            ? DescribeHere(group)
            : (await _parts.Nodes.AskAsync<GroupQuestion, SharedGroupLive?>(dispatcher, "groups.live", new GroupQuestion(group.Filter.Text), cancellationToken).ConfigureAwait(false)) is { HasAnswered: true } answer
                ? answer.Value
                : null;
        return new SharedGroupItem
        {
            Filter = group.Filter.Text,
            Group = group.Name,
            TopicFilter = group.Filter.Filter,
            ReadsLog = group.ReadsLog,
            Cursor = group.SavedCursor,
            Lag = group.ReadsLog ? Math.Max(0, _parts.State.LastOffset - Math.Max(group.SavedCursor, live?.Cursor ?? 0)) : 0,
            Dispatcher = dispatcher,
            Members = [.. members.OrderBy(m => m.Session.ClientId, StringComparer.Ordinal).Select(m => new SharedGroupMember(m.Session.ClientId, m.QoS, m.Session.IsConnected, m.Session.IsDurable, m.Session.Node, null))],
            Live = live,
        };
    }

    private Dictionary<string, int> InflightHere(string filter) =>
        TopicFilter.TryParse(filter, out TopicFilter parsed) && _parts.State.Index.FindGroup(parsed) is { } group
            ? group.Members.Where(member => member.Session.Node == _parts.State.Node && member.Session.Queue.Connection is not null).ToDictionary(
                member => member.Session.ClientId,
                member => member.Session.Queue.ListInflight().Count(entry => ReferenceEquals(entry.Entry.Subscription?.Group, group)),
                StringComparer.Ordinal)
            : [];

    private SharedGroupLive? DescribeHere(string filter) =>
        TopicFilter.TryParse(filter, out TopicFilter parsed) && _parts.State.Index.FindGroup(parsed) is { } group ? DescribeHere(group) : null;

    private static SharedGroupLive DescribeHere(SharedGroup group)
    {
        (int waiting, int redeliver, int outstanding, long? cursor) = group.Describe();
        return new SharedGroupLive(waiting, redeliver, outstanding, cursor);
    }

    internal sealed record GroupQuestion(string Filter);
}
