namespace SkyTree.Bench.Load;

/// <summary>
/// Many topics for the messages of all publishers in turn: message k of publisher p is number p + k × publishers of all,
/// and number n belongs to topic n modulo the count of topics. The number is the end of the topic's name.
/// </summary>
internal sealed class TopicCycle(int publishers, int topics)
{
    public const int Digits = 7;

    public static string Name(string prefix, int topic) => $"{prefix}{topic:D7}";

    /// <summary>Writes the topic's number over the last bytes of a name.</summary>
    public void Write(Span<byte> name, int publisher, long sequence)
    {
        long topic = (publisher + sequence * publishers) % topics;
        for (int at = name.Length - 1; at >= name.Length - Digits; at--)
        {
            (topic, long digit) = Math.DivRem(topic, 10);
            name[at] = (byte)('0' + digit);
        }
    }
}
