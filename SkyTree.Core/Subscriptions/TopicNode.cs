using System.IO.Hashing;

namespace SkyTree.Core.Subscriptions;

/// <summary>A level of the subscription trie. Changed by the index's one writer; read without a lock.</summary>
internal sealed class TopicNode(TopicNode? parent, byte[] level, uint hash)
{
    private const int SmallestTable = 8;

    // Random for each process, so that nobody can choose levels that collide.
    private static readonly long s_seed = Random.Shared.NextInt64();
    private static readonly TopicNode s_removed = new(null, [], 0);

    private object? _children; // null, a TopicNode, or a TopicNode?[] hash table with linear probing
    private int _childSlotsUsed; // of the table, removed ones included

    public TopicNode? Parent { get; } = parent;

    public byte[] Level { get; } = level;

    /// <summary>The child for "+".</summary>
    public TopicNode? Plus; // written by the index's writer

    /// <summary>Who subscribed to exactly this filter: null, one entry, or a <see cref="SubscriberSet"/>.</summary>
    public object? Here; // written by the index's writer

    /// <summary>Who subscribed to this filter followed by "/#".</summary>
    public object? Below; // written by the index's writer

    /// <summary>Literal children that are there; the writer's.</summary>
    public int ChildCount { get; private set; }

    public bool IsEmpty => ChildCount == 0 && Plus is null && Here is null && Below is null;

    private uint Hash { get; } = hash;

    public static uint HashOf(ReadOnlySpan<byte> level) => (uint)XxHash3.HashToUInt64(level, s_seed);

    public TopicNode? Find(ReadOnlySpan<byte> level)
    {
        object? children = Volatile.Read(ref _children);
        if (children is null)
        {
            return null;
        }

        if (children is TopicNode only)
        {
            return only.Level.AsSpan().SequenceEqual(level) ? only : null;
        }

        var table = (TopicNode?[])children;
        uint hash = HashOf(level);
        for (int i = (int)hash & (table.Length - 1); ; i = (i + 1) & (table.Length - 1))
        {
            TopicNode? node = Volatile.Read(ref table[i]);
            if (node is null)
            {
                return null;
            }

            if (node.Hash == hash && node.Level.AsSpan().SequenceEqual(level) && !ReferenceEquals(node, s_removed))
            {
                return node;
            }
        }
    }

    public TopicNode FindOrAdd(ReadOnlySpan<byte> level)
    {
        if (Find(level) is { } found)
        {
            return found;
        }

        var added = new TopicNode(this, level.ToArray(), HashOf(level));
        ChildCount++;
        switch (_children)
        {
            case null:
                Volatile.Write(ref _children, added);
                break;
            case TopicNode only:
                var table = new TopicNode?[SmallestTable];
                Place(table, only);
                Place(table, added);
                _childSlotsUsed = 2;
                Volatile.Write(ref _children, table);
                break;
            case TopicNode?[] current when (_childSlotsUsed + 1) * 4 > current.Length * 3:
                Volatile.Write(ref _children, Rebuild(current, added));
                break;
            case TopicNode?[] current:
                Place(current, added);
                _childSlotsUsed++;
                break;
        }

        return added;
    }

    public void Remove(TopicNode child)
    {
        ChildCount--;
        if (ChildCount == 0)
        {
            _childSlotsUsed = 0;
            Volatile.Write(ref _children, null);
            return;
        }

        var table = (TopicNode?[])_children!;
        int i = (int)child.Hash & (table.Length - 1);
        while (!ReferenceEquals(table[i], child))
        {
            i = (i + 1) & (table.Length - 1);
        }

        Volatile.Write(ref table[i], s_removed);
        if (table.Length > SmallestTable && ChildCount * 8 < table.Length)
        {
            Volatile.Write(ref _children, Rebuild(table, null));
        }
    }

    private static void Place(TopicNode?[] table, TopicNode node)
    {
        int i = (int)node.Hash & (table.Length - 1);
        while (table[i] is not null)
        {
            i = (i + 1) & (table.Length - 1);
        }

        Volatile.Write(ref table[i], node);
    }

    private TopicNode?[] Rebuild(TopicNode?[] current, TopicNode? added)
    {
        int size = SmallestTable;
        while (size < ChildCount * 2)
        {
            size *= 2;
        }

        var table = new TopicNode?[size];
        foreach (TopicNode? node in current)
        {
            if (node is not null && !ReferenceEquals(node, s_removed))
            {
                Place(table, node);
            }
        }

        if (added is not null)
        {
            Place(table, added);
        }

        _childSlotsUsed = ChildCount;
        return table;
    }
}
