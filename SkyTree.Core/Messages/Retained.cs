namespace SkyTree.Core.Messages;

/// <summary>
/// The last retained message of each topic, as a tree of topic levels: looking up a filter costs its matches and the
/// levels above them. Changed when a command is applied; read by subscribers.
/// </summary>
internal sealed class Retained
{
    private readonly Lock _gate = new();
    private Node _root = new(null, ""); // guarded by _gate
    private readonly SortedSet<(long AtMs, string Topic)> _expiries = new(ByTimeAndTopic.Instance); // guarded by _gate
    private readonly OrderedIndex<StoredMessage> _order = new(message => message.Topic); // changed under _gate
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

            ForgetExpiry(node.Message);
            node.Message = message;
            _order.Set(message);
            if (message.ExpiresAtMs is { } expiry)
            {
                _expiries.Add((expiry, message.Topic));
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

    /// <summary>Removes all of them.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _root = new Node(null, "");
            _expiries.Clear();
            _order.Clear();
            _count = 0;
        }
    }

    public StoredMessage? Get(string topic)
    {
        lock (_gate)
        {
            return Find(topic)?.Message;
        }
    }

    /// <summary>Retained messages in the ordinal order of their topics, expired ones too.</summary>
    /// <param name="after">Those behind this topic; null: from the first.</param>
    /// <param name="orAt">Whether that of the topic itself is among them.</param>
    /// <param name="limit">At most so many.</param>
    public List<StoredMessage> Take(string? after, bool orAt, int limit) => _order.Take(after, orAt, limit);

    /// <summary>The retained messages whose topics match a filter, but for expired ones.</summary>
    public void Match(string filter, long nowMs, Action<StoredMessage> found)
    {
        lock (_gate)
        {
            Match(_root, filter, message =>
            {
                if (message.ExpiresAtMs is not { } expiry || expiry > nowMs)
                {
                    found(message);
                }
            });
        }
    }

    /// <summary>Whether a message has expired and is still here.</summary>
    public bool HasExpired(long nowMs)
    {
        lock (_gate)
        {
            return _expiries.Count > 0 && _expiries.Min.AtMs <= nowMs;
        }
    }

    /// <summary>Removes expired messages, a bounded number at a time, and says of which topics.</summary>
    public List<string> RemoveExpired(long nowMs, int limit)
    {
        List<string> removed = [];
        lock (_gate)
        {
            while (limit-- > 0 && _expiries.Count > 0 && _expiries.Min is var (atMs, topic) && atMs <= nowMs)
            {
                Remove(Find(topic)!);
                removed.Add(topic);
            }
        }

        return removed;
    }

    // Topics and filters may be thousands of levels deep, so the stacks are our own.
    private static void Match(Node root, string filter, Action<StoredMessage> found)
    {
        var pending = new Stack<(Node Node, int Start)>();
        pending.Push((root, 0));
        while (pending.TryPop(out (Node Node, int Start) at))
        {
            ReadOnlySpan<char> rest = filter.AsSpan(at.Start);
            if (rest is "#")
            {
                // "a/#" matches "a" too; the first level's wildcards leave "$"-topics out [MQTT-4.7.2-1].
                Everything(at.Node, first: at.Start == 0, found);
                continue;
            }

            int slash = rest.IndexOf('/');
            int next = slash < 0 ? -1 : at.Start + slash + 1;
            ReadOnlySpan<char> level = slash < 0 ? rest : rest[..slash];
            if (level is not "+")
            {
                Descend(at.Node.Find(level), next);
                continue;
            }

            foreach (Node child in at.Node.Children)
            {
                if (at.Start > 0 || !child.Level.StartsWith('$'))
                {
                    Descend(child, next);
                }
            }
        }

        void Descend(Node? child, int next)
        {
            if (child is not null && next >= 0)
            {
                pending.Push((child, next));
            }
            else if (child?.Message is { } message)
            {
                found(message);
            }
        }
    }

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

    private void ForgetExpiry(StoredMessage? message)
    {
        if (message?.ExpiresAtMs is { } expiry)
        {
            _expiries.Remove((expiry, message.Topic));
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

        ForgetExpiry(node.Message);
        _order.Remove(node.Message);
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

    private sealed class ByTimeAndTopic : IComparer<(long AtMs, string Topic)>
    {
        public static readonly ByTimeAndTopic Instance = new();

        public int Compare((long AtMs, string Topic) x, (long AtMs, string Topic) y) =>
            x.AtMs != y.AtMs ? x.AtMs.CompareTo(y.AtMs) : string.CompareOrdinal(x.Topic, y.Topic);
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
