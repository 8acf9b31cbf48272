using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace SkyTree.Store.EF.Data;

/// <summary>What stands for a topic in an index. Databases limit an index key to some hundred bytes; a topic has up to 65,535.</summary>
internal static class TopicKey
{
    public const int HashLength = SHA256.HashSizeInBytes;

    /// <summary>The longest <see cref="SortKey"/> in bytes.</summary>
    public const int SortKeyLength = 512;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The SHA-256 of the topic's UTF-8: publishers choose topics, so two must not be made to collide.</summary>
    public static byte[] Hash(string topic) => SHA256.HashData(StrictUtf8.GetBytes(topic));

    /// <summary>The topic's first UTF-16 code units, high byte first, which compare as bytes the way ordinal order does. Topics may share one.</summary>
    public static byte[] SortKey(string topic)
    {
        int length = Math.Min(topic.Length, SortKeyLength / 2);
        byte[] key = new byte[length * 2];
        for (int i = 0; i < length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(key.AsSpan(i * 2), topic[i]);
        }

        return key;
    }
}
