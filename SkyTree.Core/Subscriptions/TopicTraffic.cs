using SkyTree.Core.Connections;

namespace SkyTree.Core.Subscriptions;

/// <summary>
/// What was published to one topic. Counted by whoever publishes, without a lock: of two that publish to it at one moment,
/// one may go uncounted. Collected every second, and when somebody looks.
/// </summary>
internal sealed class TopicTraffic
{
    /// <summary>So many bytes of the last payload are kept.</summary>
    public const int ValueBytes = 128;

    /// <summary>What it costs to keep, in references.</summary>
    public const int Weight = 12 + (ValueBytes / 8);

    private const int NotedBetween = 8; // payloads that are kept between two collections, each in place of the one before

    private long _messages;
    private long _bytes;
    private int _noted;
    private int _busy; // interlocked: the value is being written or read
    private byte[] _value = [];
    private int _valueLength;
    private int _payloadLength;
    private long _valueAtMs;
    private long _collected; // the collector's

    /// <summary>Counts a message.</summary>
    public void Add(in Fanout message)
    {
        _messages++;
        _bytes += message.Payload.Length;
        if (_noted < NotedBetween)
        {
            Note(message);
        }
    }

    /// <summary>What has come since it was collected last. False: nothing has.</summary>
    /// <param name="messages">How many.</param>
    /// <param name="bytes">The bytes of all payloads, also of those collected before.</param>
    public bool TryCollect(out long messages, out long bytes)
    {
        long now = Volatile.Read(ref _messages);
        messages = now - _collected;
        bytes = Volatile.Read(ref _bytes);
        if (messages <= 0)
        {
            return false;
        }

        _collected = now;
        Volatile.Write(ref _noted, 0);
        return true;
    }

    /// <summary>The last value that was noted.</summary>
    /// <param name="payloadLength">The whole payload's length.</param>
    /// <param name="atMs">When it came, in Unix milliseconds.</param>
    /// <returns>Its beginning; null: it is being written just now.</returns>
    public byte[]? CopyValue(out int payloadLength, out long atMs)
    {
        (payloadLength, atMs) = (0, 0);
        if (Interlocked.Exchange(ref _busy, 1) != 0)
        {
            return null;
        }

        (payloadLength, atMs) = (_payloadLength, _valueAtMs);
        byte[] value = _value.AsSpan(0, _valueLength).ToArray();
        Volatile.Write(ref _busy, 0);
        return value;
    }

    private void Note(in Fanout message)
    {
        if (Interlocked.Exchange(ref _busy, 1) != 0)
        {
            return; // another one's value is about as late
        }

        _noted++;
        ReadOnlySpan<byte> payload = message.Payload;
        int length = Math.Min(payload.Length, ValueBytes);
        if (_value.Length < length)
        {
            _value = new byte[length];
        }

        payload[..length].CopyTo(_value);
        _valueLength = length;
        _payloadLength = payload.Length;
        _valueAtMs = message.NowMs;
        Volatile.Write(ref _busy, 0);
    }
}
