using System.Security.Cryptography;
using System.Text;

namespace SkyTree.Sinks;

/// <summary>Messages that are written together, in the order in which they came: messages of one topic in the order of their publishing.</summary>
public sealed class SinkBatch
{
    private readonly Lazy<string> _id;

    /// <summary>Creates a batch.</summary>
    /// <param name="sink">The name of the sink.</param>
    /// <param name="messages">The messages, at least one.</param>
    public SinkBatch(string sink, IReadOnlyList<SinkMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentOutOfRangeException.ThrowIfZero(messages.Count, nameof(messages));
        Sink = sink;
        Messages = messages;
        _id = new Lazy<string>(MakeId);
    }

    /// <summary>The name of the sink.</summary>
    public string Sink { get; }

    /// <summary>The messages, at least one.</summary>
    public IReadOnlyList<SinkMessage> Messages { get; }

    /// <summary>
    /// Names the batch: 32 hexadecimal digits, the same whenever it is tried again. After a crash the same messages may come in batches of
    /// another cut, which have other names.
    /// </summary>
    public string Id => _id.Value;

    private string MakeId()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(Sink));
        foreach (SinkMessage message in Messages)
        {
            hash.AppendData(Encoding.ASCII.GetBytes(message.Id));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, SinkMessage.IdBytes));
    }
}
