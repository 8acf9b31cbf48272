using System.Diagnostics.CodeAnalysis;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Connections;

/// <summary>The topic aliases that the broker uses towards one client: the first topics get them and keep them.</summary>
internal sealed class TopicAliasTable(int maximum)
{
    private readonly Dictionary<byte[], ushort> _aliases = new(TopicBytes.Instance);

    /// <summary>The alias of a topic: a known one, a free one that <see cref="Add"/> may give it, or 0.</summary>
    public ushort Find(ReadOnlySpan<byte> topic, out bool known)
    {
        known = _aliases.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(topic, out ushort alias);
        return known ? alias : _aliases.Count < maximum ? (ushort)(_aliases.Count + 1) : (ushort)0;
    }

    public void Add(ReadOnlySpan<byte> topic, ushort alias) => _aliases.Add(topic.ToArray(), alias);

    private sealed class TopicBytes : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly TopicBytes Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => (int)TopicNode.HashOf(obj);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)TopicNode.HashOf(alternate);

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
