using System.IO.Hashing;

namespace SkyTree.Core.Security.Access;

/// <summary>
/// What was decided of the topics that a client publishes to: so many at a time, each in the place that its hash gives it, until
/// the rules change. One connection's thread uses it.
/// </summary>
internal sealed class AccessMemory(AccessSnapshot snapshot)
{
    private const int Places = 32;
    private const int LongestTopic = 1024; // longer ones are judged each time

    private readonly Place[] _places = new Place[Places];

    public AccessSnapshot Snapshot => snapshot;

    public bool? Find(ReadOnlySpan<byte> topic, byte shape)
    {
        ref Place place = ref _places[Index(topic, shape)];
        return place.Topic is { } known && place.Shape == shape && topic.SequenceEqual(known.AsSpan(0, place.Length)) ? place.Allowed : null;
    }

    public void Remember(ReadOnlySpan<byte> topic, byte shape, bool allowed)
    {
        if (topic.Length > LongestTopic)
        {
            return;
        }

        ref Place place = ref _places[Index(topic, shape)];
        if (place.Topic is null || place.Topic.Length < topic.Length)
        {
            place.Topic = new byte[Math.Max(32, topic.Length)];
        }

        topic.CopyTo(place.Topic);
        (place.Length, place.Shape, place.Allowed) = (topic.Length, shape, allowed);
    }

    private static int Index(ReadOnlySpan<byte> topic, byte shape) => (int)((XxHash3.HashToUInt64(topic) ^ shape) % Places);

    private struct Place
    {
        public byte[]? Topic;
        public int Length;
        public byte Shape;
        public bool Allowed;
    }
}
