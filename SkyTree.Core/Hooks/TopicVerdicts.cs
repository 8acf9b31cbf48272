using SkyTree.Core.Protocol;
using SkyTree.Core.Security.Access;

namespace SkyTree.Core.Hooks;

/// <summary>What authorize hooks have said of topics that a connection publishes to, up to a bound: then it begins anew. One thread uses it.</summary>
internal sealed class TopicVerdicts
{
    private const int MostTopics = 1024;
    private const int MostBytes = 64 * 1024;

    private readonly Dictionary<byte[], AccessEffect?>?[] _byShape = new Dictionary<byte[], AccessEffect?>?[8]; // by QoS and RETAIN
    private int _topics;
    private int _bytes;

    /// <summary>Finds what was said of a topic.</summary>
    /// <returns>False: nothing was.</returns>
    public bool TryFind(ReadOnlySpan<byte> topic, QoS qos, bool retain, out AccessEffect? verdict)
    {
        verdict = null;
        return _byShape[ShapeOf(qos, retain)] is { } known && known.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(topic, out verdict);
    }

    /// <summary>Notes what was said of a topic.</summary>
    public void Add(byte[] topic, QoS qos, bool retain, AccessEffect? verdict)
    {
        if (_topics == MostTopics || _bytes + topic.Length > MostBytes)
        {
            Array.Clear(_byShape);
            (_topics, _bytes) = (0, 0);
        }

        if ((_byShape[ShapeOf(qos, retain)] ??= new Dictionary<byte[], AccessEffect?>(Utf8Comparer.Instance)).TryAdd(topic, verdict))
        {
            _topics++;
            _bytes += topic.Length;
        }
    }

    private static int ShapeOf(QoS qos, bool retain) => (int)qos | (retain ? 4 : 0);
}
