using SkyTree.Core.Messages;

namespace SkyTree.Bench.Micro;

/// <summary>Messages as publishers make them: 256 bytes, from 64 devices to a topic each.</summary>
internal static class StoredMessages
{
    public const int Topics = 64;
    private const int Size = 256;

    private static readonly StoredMessage[] s_samples = [.. Enumerable.Range(0, Topics).Select(Sample)];

    public static StoredMessage At(long offset) => s_samples[offset % Topics] with { Offset = offset };

    private static StoredMessage Sample(int device)
    {
        byte[] payload = new byte[Size];
        new Random(device).NextBytes(payload);
        StoredMessage sample = new()
        {
            Offset = 1,
            Topic = $"plant/{device}/temperature",
            TimestampMs = 1_700_000_000_000,
            QoS = 1,
            PublisherId = $"device-{device}",
            Payload = payload,
        };
        _ = sample.TopicUtf8; // made once, and then shared by all copies
        return sample;
    }
}
