namespace SkyTree.Rules.Rewriting;

/// <summary>Finds the first rule that fits, by the topic's levels: it costs those, however many rules there are. Immutable once it is built.</summary>
internal sealed class RewriteTree
{
    /// <summary>No rule fits.</summary>
    public const int None = int.MaxValue;

    private readonly Node _root = new();

    /// <summary>Builds one.</summary>
    /// <param name="rules">The levels of the rules' filters, and their numbers.</param>
    public RewriteTree(IEnumerable<(byte[][] Levels, int Number)> rules)
    {
        foreach ((byte[][] levels, int number) in rules)
        {
            Add(levels, number);
        }
    }

    /// <summary>The lowest number of a rule that fits.</summary>
    /// <param name="topic">A topic name, or a topic filter, which a rule fits that covers it.</param>
    public int Find(ReadOnlySpan<byte> topic)
    {
        int best = None;
        Find(_root, topic, isFirst: true, ref best);
        return best;
    }

    private static void Find(Node node, ReadOnlySpan<byte> topic, bool isFirst, ref int best)
    {
        int slash = topic.IndexOf((byte)'/');
        ReadOnlySpan<byte> level = slash < 0 ? topic : topic[..slash];
        bool fitsWildcards = !(isFirst && level.StartsWith("$"u8)); // [MQTT-4.7.2-1]
        if (fitsWildcards)
        {
            best = Math.Min(best, node.Rest);
        }

        if (level.SequenceEqual("#"u8))
        {
            return; // a subscription to all that is here: only "#" covers it
        }

        if (node.FindLiteral(level) is { } literal)
        {
            Descend(literal, topic, slash, ref best);
        }

        if (fitsWildcards && node.Any is { } any)
        {
            Descend(any, topic, slash, ref best);
        }
    }

    private static void Descend(Node node, ReadOnlySpan<byte> topic, int slash, ref int best)
    {
        if (node.Lowest >= best)
        {
            return;
        }

        if (slash >= 0)
        {
            Find(node, topic[(slash + 1)..], isFirst: false, ref best);
            return;
        }

        best = Math.Min(best, Math.Min(node.Here, node.Rest)); // "a/#" fits "a", too
    }

    private void Add(byte[][] levels, int number)
    {
        Node node = _root;
        foreach (byte[] level in levels)
        {
            node.Lowest = Math.Min(node.Lowest, number);
            if (level is [(byte)'#'])
            {
                node.Rest = Math.Min(node.Rest, number);
                return;
            }

            node = level is [(byte)'+'] ? node.Any ??= new Node() : node.FindLiteral(level) ?? node.AddLiteral(level);
        }

        node.Lowest = Math.Min(node.Lowest, number);
        node.Here = Math.Min(node.Here, number);
    }

    private sealed class Node
    {
        private readonly List<byte[]> _levels = []; // sorted
        private readonly List<Node> _children = []; // of these

        /// <summary>The lowest number of a rule here or below.</summary>
        public int Lowest { get; set; } = None;

        /// <summary>The rule that ends here.</summary>
        public int Here { get; set; } = None;

        /// <summary>The rule that has "#" next.</summary>
        public int Rest { get; set; } = None;

        /// <summary>What follows "+".</summary>
        public Node? Any { get; set; }

        public Node? FindLiteral(ReadOnlySpan<byte> level) => Search(level) is var at and >= 0 ? _children[at] : null;

        public Node AddLiteral(byte[] level)
        {
            int at = ~Search(level);
            _levels.Insert(at, level);
            _children.Insert(at, new Node());
            return _children[at];
        }

        private int Search(ReadOnlySpan<byte> level)
        {
            int low = 0;
            int high = _levels.Count - 1;
            while (low <= high)
            {
                int middle = (low + high) / 2;
                int order = level.SequenceCompareTo(_levels[middle]);
                if (order == 0)
                {
                    return middle;
                }

                (low, high) = order < 0 ? (low, middle - 1) : (middle + 1, high);
            }

            return ~low;
        }
    }
}
