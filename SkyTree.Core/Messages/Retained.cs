namespace SkyTree.Core.Messages;

/// <summary>
/// The last retained message of each topic, as a tree of topic levels: looking up a filter costs its matches and the
/// levels above them. Changed when a command is applied; read by subscribers.
/// </summary>
internal sealed class Retained
{
    private readonly Lock _gate = new();
    private readonly Node _root = new(null, ""); // guarded by _gate
    private readonly PriorityQueue<StoredMessage, long> _expiries = new(); // guarded by _gate; may name messages replaced since
    private int _count; // guarded by _gate

    public int Count => Volatile.Read(ref _count);

    /// <summary>Keeps a message as its topic's retained one.</summary>
    /// <returns>False when there are as many as allowed already.</returns>
    public bool TrySet(StoredMessage message, int maximum)
    {
        lock (_gate)
        {
            Node node = _root;
            foreach (Range range in message.Topic.AsSpan().Split('/'))
            {
                node = node.FindOrAdd(message.Topic.AsSpan(range));
            }

            if (node.Message is null)
            {
                if (_count >= maximum)
                {
                    Prune(node);
                    return false;
                }

                _count++;
            }

            node.Message = message;
            if (message.ExpiresAtMs is { } expiry)
            {
                _expiries.Enqueue(message, expiry);
            }

            return true;
        }
    }

    /// <summary>Removes a topic's retained message.</summary>
    public bool Clear(string topic)
    {
        lock (_gate)
        {
            return Find(topic) is { } node && Remove(node);
        }
    }

    public StoredMessage? Get(string topic)
    {
        lock (_gate)
        {
            return Find(topic)?.Message;
        }
    }

    /// <summary>The retained messages whose topics match a filter, but for expired ones.</summary>
    public void Match(string filter, long nowMs, Action<StoredMessage> found)
    {
        lock (_gate)
        {
            Match(_root, filter, first: true, message =>
            {
                if (message.ExpiresAtMs is not { } expiry || expiry > nowMs)
                {
                    found(message);
                }
            });
        }
    }

    /// <summary>Removes expired messages, a bounded number at a time.</summary>
    public void RemoveExpired(long nowMs, int limit)
    {
        lock (_gate)
        {
            while (limit-- > 0 && _expiries.TryPeek(out StoredMessage? message, out long expiry) && expiry <= nowMs)
            {
                _expiries.Dequeue();
                if (Find(message.Topic) is { } node && ReferenceEquals(node.Message, message))
                {
                    Remove(node);
                }
            }
        }
    }

    private static void Match(Node node, ReadOnlySpan<char> filter, bool first, Action<StoredMessage> found)
    {
        if (filter is "#")
        {
            // "a/#" matches "a" too; the first level's wildcards leave "$"-topics out [MQTT-4.7.2-1].
            Everything(node, first, found);
            return;
        }

        int slash = filter.IndexOf('/');
        ReadOnlySpan<char> level = slash < 0 ? filter : filter[..slash];
        if (level is not "+")
        {
            if (node.Find(level) is { } child)
            {
                Descend(child, filter, slash, found);
            }

            return;
        }

        foreach (Node child in node.Children)
        {
            if (!first || !child.Level.StartsWith('$'))
            {
                Descend(child, filter, slash, found);
            }
        }
    }

    private static void Descend(Node node, ReadOnlySpan<char> filter, int slash, Action<StoredMessage> found)
    {
        if (slash >= 0)
        {
            Match(node, filter[(slash + 1)..], first: false, found);
        }
        else if (node.Message is { } message)
        {
            found(message);
        }
    }

    // Topics may be thousands of levels deep, so the stack is our own.
    private static void Everything(Node start, bool first, Action<StoredMessage> found)
    {
        var pending = new Stack<Node>();
        pending.Push(start);
        while (pending.TryPop(out Node? node))
        {
            if (node.Message is { } message)
            {
                found(message);
            }

            foreach (Node child in node.Children)
            {
                if (!(first && ReferenceEquals(node, start) && child.Level.StartsWith('$')))
                {
                    pending.Push(child);
                }
            }
        }
    }

    private Node? Find(string topic)
    {
        Node? node = _root;
        foreach (Range range in topic.AsSpan().Split('/'))
        {
            node = node.Find(topic.AsSpan(range));
            if (node is null)
            {
                return null;
            }
        }

        return node;
    }

    private bool Remove(Node node)
    {
        if (node.Message is null)
        {
            return false;
        }

        node.Message = null;
        _count--;
        Prune(node);
        return true;
    }

    private static void Prune(Node node)
    {
        while (node.Message is null && !node.HasChildren && node.Parent is { } parent)
        {
            parent.Remove(node);
            node = parent;
        }
    }

    private sealed class Node(Node? parent, string level)
    {
        private Dictionary<string, Node>? _children;

        public Node? Parent { get; } = parent;

        public string Level { get; } = level;

        public StoredMessage? Message { get; set; }

        public bool HasChildren => _children is not null;

        public IEnumerable<Node> Children => _children is null ? [] : _children.Values;

        public Node? Find(ReadOnlySpan<char> level) =>
            _children is not null && _children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(level, out Node? child) ? child : null;

        public Node FindOrAdd(ReadOnlySpan<char> level)
        {
            if (Find(level) is { } found)
            {
                return found;
            }

            var added = new Node(this, level.ToString());
            (_children ??= new Dictionary<string, Node>(StringComparer.Ordinal)).Add(added.Level, added);
            return added;
        }

        public void Remove(Node child)
        {
            _children!.Remove(child.Level);
            if (_children.Count == 0)
            {
                _children = null;
            }
        }
    }
}
