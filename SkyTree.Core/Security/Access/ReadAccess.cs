using System.IO.Hashing;
using System.Text;
using SkyTree.Core.Protocol;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Security.Access;

/// <summary>
/// What a connected client may read of what it once subscribed to, under the rules as they are now. Whether a whole filter is still
/// permitted is remembered with the subscription; where it is not, verdicts on so many topics are, each in the place that its hash
/// gives it. Any thread; what two of them find out at once is the same.
/// </summary>
internal sealed class ReadAccess(object rules, ClientIdentity client, IAuthorizer authorizer)
{
    private const int Places = 32;
    private const int LongestTopic = 512; // longer ones are judged each time

    private Place?[]? _places; // made when a filter is not permitted as a whole

    /// <summary>Whether it was made for this client under these rules.</summary>
    public bool IsOf(object currentRules, ClientIdentity currentClient) => ReferenceEquals(rules, currentRules) && ReferenceEquals(client, currentClient);

    /// <summary>Whether a message of a topic may go to a subscription.</summary>
    /// <param name="subscription">The subscription that it matches.</param>
    /// <param name="topic">The topic name in UTF-8.</param>
    /// <param name="replay">Whether it goes there as a replay.</param>
    public bool Permits(Subscription subscription, ReadOnlySpan<byte> topic, bool replay)
    {
        if (ReferenceEquals(subscription.ReadableUnder, this) && !replay)
        {
            return true;
        }

        QoS qos = subscription.QoS;
        byte shape = (byte)((int)qos | (replay ? 4 : 0));
        int index = (int)((XxHash3.HashToUInt64(topic) ^ shape) % Places);
        if (_places?[index] is { } known && known.Shape == shape && topic.SequenceEqual(known.Topic))
        {
            return known.Permitted;
        }

        if (!replay && subscription.Filter.Filter is { } filter && authorizer.MaySubscribe(client, filter, qos, replay: false))
        {
            // Who may subscribe to a filter may read every topic that it matches.
            subscription.ReadableUnder = this;
            return true;
        }

        bool permitted = authorizer.MaySubscribe(client, Encoding.UTF8.GetString(topic), qos, replay);
        if (topic.Length <= LongestTopic)
        {
            Volatile.Write(ref (_places ??= new Place?[Places])[index], new Place(topic.ToArray(), shape, permitted));
        }

        return permitted;
    }

    private sealed record Place(byte[] Topic, byte Shape, bool Permitted);
}
