using System.Text;
using System.Text.Unicode;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Hooks;

/// <summary>What a hook may not make of a message.</summary>
internal static class MessageMistakes
{
    private const int LargestPacket = 268_435_455;
    private const int Overhead = 64; // what comes in a packet besides, at most

    /// <summary>Looks for a mistake.</summary>
    /// <param name="original">The message as it was.</param>
    /// <param name="message">What it has become.</param>
    /// <param name="options">What the broker allows.</param>
    /// <returns>What is wrong; null: nothing.</returns>
    public static string? Find(PublishRequest original, PublishRequest message, BrokerOptions options)
    {
        byte[] topic = Encoding.UTF8.GetBytes(message.Topic ?? "");
        if (message.QoS != original.QoS)
        {
            return "the message has another QoS than the one that it replaces";
        }

        if (!TopicName.IsValid(topic))
        {
            return "the message has no topic name";
        }

        if (topic.Length > options.MaximumTopicLength || TopicName.CountLevels(topic) > options.MaximumTopicLevels)
        {
            return "the topic name is longer or deeper than allowed";
        }

        if (message.Retain && !options.RetainAvailable)
        {
            return "the message is to be retained, and retained messages are not available";
        }

        if (options.CheckPayloadFormat && message.Properties?.PayloadIsUtf8 == true && !Utf8.IsValid(message.Payload.Span))
        {
            return "the payload is not UTF-8 as indicated";
        }

        try
        {
            return (long)topic.Length + message.Payload.Length + (message.Properties?.Write().Length ?? 0) > LargestPacket - Overhead ? "the message is larger than a packet" : null;
        }
        catch (AdminException mistake)
        {
            return mistake.Message;
        }
    }
}
