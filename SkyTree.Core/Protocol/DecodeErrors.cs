namespace SkyTree.Core.Protocol;

/// <summary>Everything that can be wrong with a packet. The sentences are constants: no allocation, no bytes of the peer's.</summary>
internal static class DecodeErrors
{
    public static DecodeError PacketType => Malformed("The packet type does not exist in this version of the protocol.");

    public static DecodeError Flags => Malformed("The fixed header has flags that the packet type does not allow.");

    public static DecodeError QoS3 => Malformed("The QoS is 3.");

    public static DecodeError DupAtQoS0 => Malformed("The DUP flag is set in a packet with QoS 0.");

    public static DecodeError RemainingLength => Malformed("The Remaining Length is not a legal Variable Byte Integer.");

    public static DecodeError LengthForType => Malformed("The Remaining Length is one that the packet type cannot have.");

    public static DecodeError Truncated => Malformed("A field reaches beyond the end of the packet.");

    public static DecodeError TrailingBytes => Malformed("There are bytes after the last field of the packet.");

    public static DecodeError Integer => Malformed("A Variable Byte Integer is longer than allowed.");

    public static DecodeError Text => Malformed("A string is not well-formed UTF-8 or contains U+0000.");

    public static DecodeError UnknownProperty => Malformed("A property does not exist.");

    public static DecodeError PropertyNotAllowed => Malformed("A property is not allowed in this packet.");

    public static DecodeError PropertyTruncated => Malformed("A property reaches beyond the end of the properties.");

    public static DecodeError DuplicateProperty => Protocol("A property that may occur once occurs again.");

    public static DecodeError PropertyValue => Protocol("A property has a value that is not allowed.");

    public static DecodeError TopicAliasZero => new(ReasonCode.TopicAliasInvalid, "The Topic Alias is 0.");

    public static DecodeError ResponseTopic => Protocol("The Response Topic is not a topic name.");

    public static DecodeError SubscriptionIdentifierFromClient => Protocol("A client's PUBLISH has a Subscription Identifier.");

    public static DecodeError AuthenticationDataAlone => Protocol("There is Authentication Data without an Authentication Method.");

    public static DecodeError AuthenticationMethodMissing => Protocol("The Authentication Method is missing.");

    public static DecodeError PacketIdZero => Protocol("The packet identifier is 0.");

    public static DecodeError ReasonCodeNotAllowed => Protocol("The reason code is not one of this packet.");

    public static DecodeError TopicWildcard => new(ReasonCode.TopicNameInvalid, "The topic name contains a wildcard.");

    public static DecodeError TopicEmpty => Protocol("The topic name is empty and there is no Topic Alias.");

    public static DecodeError WillTopic => new(ReasonCode.TopicNameInvalid, "The Will Topic is empty or contains a wildcard.");

    public static DecodeError NoFilters => Protocol("There is no topic filter.");

    public static DecodeError OptionBits => Malformed("Reserved bits of the subscription options are set.");

    public static DecodeError SubscribeQoS3 => Protocol("The QoS of a subscription is 3.");

    public static DecodeError RetainHandling3 => Protocol("The Retain Handling of a subscription is 3.");

    public static DecodeError NoLocalShared => Protocol("No Local is set for a shared subscription.");

    public static DecodeError NoReasonCodes => Protocol("There is no reason code.");

    public static DecodeError ProtocolName => new(ReasonCode.UnsupportedProtocolVersion, "The protocol name is not MQTT's.");

    public static DecodeError ProtocolLevel => new(ReasonCode.UnsupportedProtocolVersion, "The protocol version is not supported.");

    public static DecodeError ReservedConnectFlag => Malformed("The reserved flag of CONNECT is set.");

    public static DecodeError WillFlags => Malformed("The Will QoS or Will Retain is set without a Will.");

    public static DecodeError WillQoS3 => Malformed("The Will QoS is 3.");

    public static DecodeError PasswordAlone => Malformed("There is a password without a user name.");

    public static DecodeError ClientIdEmpty => new(
        ReasonCode.ClientIdentifierNotValid,
        "The client identifier is empty, which needs a clean session.");

    public static DecodeError ClientIdLength => new(
        ReasonCode.ClientIdentifierNotValid,
        "The client identifier does not have 1 to 23 characters.");

    public static DecodeError ConnAckFlags => Malformed("Reserved acknowledge flags are set.");

    public static DecodeError SessionPresentWithError => Protocol("Session Present is set though the connection was refused.");

    private static DecodeError Malformed(string reason) => new(ReasonCode.MalformedPacket, reason);

    private static DecodeError Protocol(string reason) => new(ReasonCode.ProtocolError, reason);
}
