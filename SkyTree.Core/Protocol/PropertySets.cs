namespace SkyTree.Core.Protocol;

/// <summary>Which properties a packet may have (MQTT 5.0, table 2-4): bit n stands for identifier n.</summary>
internal static class PropertySets
{
    public const ulong Connect = 1UL << (int)PropertyId.SessionExpiryInterval
        | 1UL << (int)PropertyId.AuthenticationMethod
        | 1UL << (int)PropertyId.AuthenticationData
        | 1UL << (int)PropertyId.RequestProblemInformation
        | 1UL << (int)PropertyId.RequestResponseInformation
        | 1UL << (int)PropertyId.ReceiveMaximum
        | 1UL << (int)PropertyId.TopicAliasMaximum
        | 1UL << (int)PropertyId.UserProperty
        | 1UL << (int)PropertyId.MaximumPacketSize;

    public const ulong Will = 1UL << (int)PropertyId.PayloadFormatIndicator
        | 1UL << (int)PropertyId.MessageExpiryInterval
        | 1UL << (int)PropertyId.ContentType
        | 1UL << (int)PropertyId.ResponseTopic
        | 1UL << (int)PropertyId.CorrelationData
        | 1UL << (int)PropertyId.WillDelayInterval
        | 1UL << (int)PropertyId.UserProperty;

    public const ulong ConnAck = 1UL << (int)PropertyId.SessionExpiryInterval
        | 1UL << (int)PropertyId.AssignedClientIdentifier
        | 1UL << (int)PropertyId.ServerKeepAlive
        | 1UL << (int)PropertyId.AuthenticationMethod
        | 1UL << (int)PropertyId.AuthenticationData
        | 1UL << (int)PropertyId.ResponseInformation
        | 1UL << (int)PropertyId.ServerReference
        | 1UL << (int)PropertyId.ReasonString
        | 1UL << (int)PropertyId.ReceiveMaximum
        | 1UL << (int)PropertyId.TopicAliasMaximum
        | 1UL << (int)PropertyId.MaximumQoS
        | 1UL << (int)PropertyId.RetainAvailable
        | 1UL << (int)PropertyId.UserProperty
        | 1UL << (int)PropertyId.MaximumPacketSize
        | 1UL << (int)PropertyId.WildcardSubscriptionAvailable
        | 1UL << (int)PropertyId.SubscriptionIdentifierAvailable
        | 1UL << (int)PropertyId.SharedSubscriptionAvailable;

    public const ulong Publish = 1UL << (int)PropertyId.PayloadFormatIndicator
        | 1UL << (int)PropertyId.MessageExpiryInterval
        | 1UL << (int)PropertyId.ContentType
        | 1UL << (int)PropertyId.ResponseTopic
        | 1UL << (int)PropertyId.CorrelationData
        | 1UL << (int)PropertyId.SubscriptionIdentifier
        | 1UL << (int)PropertyId.TopicAlias
        | 1UL << (int)PropertyId.UserProperty;

    /// <summary>PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK.</summary>
    public const ulong Acknowledgement = 1UL << (int)PropertyId.ReasonString | 1UL << (int)PropertyId.UserProperty;

    public const ulong Subscribe = 1UL << (int)PropertyId.SubscriptionIdentifier | 1UL << (int)PropertyId.UserProperty;

    public const ulong Unsubscribe = 1UL << (int)PropertyId.UserProperty;

    public const ulong Disconnect = 1UL << (int)PropertyId.SessionExpiryInterval
        | 1UL << (int)PropertyId.ServerReference
        | 1UL << (int)PropertyId.ReasonString
        | 1UL << (int)PropertyId.UserProperty;

    public const ulong Auth = 1UL << (int)PropertyId.AuthenticationMethod
        | 1UL << (int)PropertyId.AuthenticationData
        | 1UL << (int)PropertyId.ReasonString
        | 1UL << (int)PropertyId.UserProperty;
}
