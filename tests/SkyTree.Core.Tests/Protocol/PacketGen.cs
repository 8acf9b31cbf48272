using CsCheck;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Tests.Protocol;

/// <summary>A packet's bytes and the version they are in.</summary>
internal sealed record Wire(ProtocolVersion Version, byte[] Bytes)
{
    public override string ToString() => $"{Version} {Convert.ToHexString(Bytes)}";
}

/// <summary>Generates legal packets of all types and versions.</summary>
internal static class PacketGen
{
    private static readonly Gen<string> Text = Gen.Frequency(
        (6, Gen.Char[' ', '~'].Array[0, 12].Select(chars => new string(chars))),
        (2, Gen.OneOf("", "é", "日本語", "😀😀", "\u0001", "\uFEFFx", "\uFFFF")),
        (1, Gen.Const(new string('x', 300))));

    private static readonly Gen<string> Topic = Gen.Frequency(
        (5, Gen.Char['a', 'z'].Array[1, 8].Select(chars => string.Join('/', new string(chars).Split('m')))),
        (1, Gen.OneOf("/", "$SYS/x", " ", "日本/語", new string('t', 200))));

    private static readonly Gen<string> Filter = Gen.Frequency((3, Topic), (1, Gen.OneOf("", "#", "+/a", "$share/g/a/#", "a#")));

    private static readonly Gen<ReadOnlyMemory<byte>> Bytes = Gen.Byte.Array[0, 20].Select(bytes => new ReadOnlyMemory<byte>(bytes));

    private static readonly Gen<ReadOnlyMemory<byte>?> NoBytes = Gen.Const((ReadOnlyMemory<byte>?)null);

    private static readonly Gen<ushort> PacketId = Gen.UShort[1, ushort.MaxValue];

    private static readonly Gen<QoS> QoS = Gen.Enum<QoS>();

    private static readonly Gen<IReadOnlyList<UserProperty>> UserProperties =
        Gen.Select(Text, Text, (name, value) => new UserProperty(name, value)).Array[0, 3].Select(all => (IReadOnlyList<UserProperty>)all);

    private static readonly Gen<uint> SubscriptionIdentifier = Gen.OneOf<uint>(1, 127, 128, 16_384, 2_097_152, VariableByteInteger.MaximumValue);

    public static readonly Gen<ProtocolVersion> Version = Gen.OneOf(AnyPacket.Versions);

    /// <summary>Any legal packet with its version.</summary>
    public static readonly Gen<(ProtocolVersion Version, object Packet)> Any = Version.SelectMany(version =>
        Gen.OneOf(Of(version)).Select(packet => (version, packet)));

    /// <summary>Any legal packet's bytes.</summary>
    public static readonly Gen<Wire> AnyWire = Any.Select(any => new Wire(any.Version, AnyPacket.Encode(any.Packet, any.Version)!));

    private static Gen<object>[] Of(ProtocolVersion version)
    {
        Gen<object>[] all =
        [
            Connect(version), ConnAck(version), Publish(version), Publish(version), Ack(version), Subscribe(version),
            Unsubscribe(version), SubAck(version), UnsubAck(version), Disconnect(version),
            Gen.OneOf<object>(PacketType.PingReq, PacketType.PingResp),
        ];
        return version == ProtocolVersion.V5 ? [.. all, Auth] : all;
    }

    // A property: generated in 5.0, absent in 3.x.
    private static Gen<T> Of5<T>(ProtocolVersion version, Gen<T> gen, T absent) =>
        version == ProtocolVersion.V5 ? gen : Gen.Const(absent);

    private static Gen<T?> Maybe<T>(ProtocolVersion version, Gen<T> gen)
        where T : struct => Of5(version, Gen.Nullable(gen, 0.5), null);

    private static Gen<string?> MaybeText(ProtocolVersion version) => Of5(version, Gen.Null(Text, 0.5), null);

    private static Gen<IReadOnlyList<UserProperty>> Users(ProtocolVersion version) => Of5(version, UserProperties, []);

    private static Gen<ReasonCode> Codes(params int[] codes) => Gen.OneOf(codes.Select(code => (ReasonCode)code).ToArray());

    private static Gen<object> Connect(ProtocolVersion version) =>
        from clean in Gen.Bool
        from keepAlive in Gen.UShort
        from clientId in version == ProtocolVersion.V5 ? Text : Gen.Char['a', 'z'].Array[1, 23].Select(c => new string(c))
        from will in Gen.Null(Will(version), 0.5)
        from userName in Gen.Null(Text, 0.5)
        from password in userName is null && version != ProtocolVersion.V5 ? NoBytes : Gen.Nullable(Bytes, 0.5)
        from sessionExpiry in Of5<uint>(version, Gen.Frequency((1, Gen.Const(0u)), (2, Gen.UInt)), 0)
        from receiveMaximum in Of5(version, Gen.UShort[1, ushort.MaxValue], ushort.MaxValue)
        from maximumPacketSize in Maybe(version, Gen.UInt[1, uint.MaxValue])
        from aliases in Of5<ushort>(version, Gen.UShort, 0)
        from response in Of5(version, Gen.Bool, false)
        from problem in Of5(version, Gen.Bool, true)
        from method in MaybeText(version)
        from data in method is null ? NoBytes : Gen.Nullable(Bytes, 0.5)
        from users in Users(version)
        select (object)new ConnectPacket
        {
            Version = version,
            CleanStart = clean,
            KeepAliveSeconds = keepAlive,
            ClientId = clientId,
            Will = will,
            UserName = userName,
            Password = password,
            SessionExpirySeconds = sessionExpiry,
            ReceiveMaximum = receiveMaximum,
            MaximumPacketSize = maximumPacketSize,
            TopicAliasMaximum = aliases,
            RequestResponseInformation = response,
            RequestProblemInformation = problem,
            AuthenticationMethod = method,
            AuthenticationData = data,
            UserProperties = users,
        };

    private static Gen<Will> Will(ProtocolVersion version) =>
        from topic in Topic
        from payload in Bytes
        from qos in QoS
        from retain in Gen.Bool
        from delay in Of5<uint>(version, Gen.Frequency((1, Gen.Const(0u)), (2, Gen.UInt)), 0)
        from expiry in Maybe(version, Gen.UInt)
        from forwarded in Of5(version, Forwarded, ReadOnlyMemory<byte>.Empty)
        select new Will
        {
            Topic = topic,
            Payload = payload,
            QoS = qos,
            Retain = retain,
            DelaySeconds = delay,
            MessageExpirySeconds = expiry,
            ForwardedProperties = forwarded,
        };

    // What is forwarded, as the encoder itself lays it out.
    private static readonly Gen<ReadOnlyMemory<byte>> Forwarded =
        from isUtf8 in Gen.Nullable(Gen.Bool, 0.5)
        from response in Gen.Null(Topic, 0.5)
        from correlation in Gen.Nullable(Bytes, 0.5)
        from contentType in Gen.Null(Text, 0.5)
        from users in UserProperties
        select Encode(new PublishPacket
        {
            PayloadIsUtf8 = isUtf8,
            ResponseTopic = response,
            CorrelationData = correlation,
            ContentType = contentType,
            UserProperties = users,
        });

    private static ReadOnlyMemory<byte> Encode(IPropertySource source)
    {
        var measure = new PacketWriter(Detail.Full);
        source.WriteProperties(ref measure);
        byte[] block = new byte[measure.Length];
        var writer = new PacketWriter(block, Detail.Full);
        source.WriteProperties(ref writer);
        return block;
    }

    private static Gen<object> ConnAck(ProtocolVersion version) =>
        from code in version == ProtocolVersion.V5
            ? Codes(0, 0, 0, 0x80, 0x84, 0x87, 0x8A, 0x95, 0x9F)
            : Codes(0, 0, 0x84, 0x85, 0x86, 0x87, 0x88)
        from present in Gen.Bool
        from expiry in Maybe(version, Gen.UInt)
        from receiveMaximum in Maybe(version, Gen.UShort[1, ushort.MaxValue])
        from maximumQoS in Maybe(version, Gen.OneOf(SkyTree.Core.Protocol.QoS.AtMostOnce, SkyTree.Core.Protocol.QoS.AtLeastOnce))
        from retain in Maybe(version, Gen.Bool)
        from size in Maybe(version, Gen.UInt[1, uint.MaxValue])
        from clientId in MaybeText(version)
        from aliases in Maybe(version, Gen.UShort)
        from reason in MaybeText(version)
        from users in Users(version)
        from wildcard in Maybe(version, Gen.Bool)
        from identifiers in Maybe(version, Gen.Bool)
        from shared in Maybe(version, Gen.Bool)
        from keepAlive in Maybe(version, Gen.UShort)
        from information in MaybeText(version)
        from reference in MaybeText(version)
        from method in MaybeText(version)
        from data in method is null ? NoBytes : Gen.Nullable(Bytes, 0.5)
        select (object)new ConnAckPacket
        {
            SessionPresent = present && code == ReasonCode.Success && version != ProtocolVersion.V31,
            ReasonCode = code,
            SessionExpirySeconds = expiry,
            ReceiveMaximum = receiveMaximum,
            MaximumQoS = maximumQoS,
            RetainAvailable = retain,
            MaximumPacketSize = size,
            AssignedClientId = clientId,
            TopicAliasMaximum = aliases,
            ReasonString = reason,
            UserProperties = users,
            WildcardSubscriptionAvailable = wildcard,
            SubscriptionIdentifiersAvailable = identifiers,
            SharedSubscriptionAvailable = shared,
            ServerKeepAliveSeconds = keepAlive,
            ResponseInformation = information,
            ServerReference = reference,
            AuthenticationMethod = method,
            AuthenticationData = data,
        };

    private static Gen<object> Publish(ProtocolVersion version) =>
        from qos in QoS
        from dup in Gen.Bool
        from retain in Gen.Bool
        from packetId in PacketId
        from topic in Topic
        from payload in Bytes
        from isUtf8 in Maybe(version, Gen.Bool)
        from expiry in Maybe(version, Gen.UInt)
        from alias in Of5<ushort>(version, Gen.Frequency((1, Gen.Const<ushort>(0)), (1, Gen.UShort)), 0)
        from hidesTopic in Gen.Bool
        from response in Of5<string?>(version, Gen.Null(Topic, 0.5), null)
        from correlation in Maybe(version, Bytes)
        from identifiers in Of5(version, SubscriptionIdentifier.Array[0, 3], [])
        from contentType in MaybeText(version)
        from users in Users(version)
        select (object)new PublishPacket
        {
            QoS = qos,
            Dup = dup && qos != SkyTree.Core.Protocol.QoS.AtMostOnce,
            Retain = retain,
            PacketId = qos == SkyTree.Core.Protocol.QoS.AtMostOnce ? (ushort)0 : packetId,
            Topic = hidesTopic && alias != 0 ? "" : topic,
            Payload = payload,
            PayloadIsUtf8 = isUtf8,
            MessageExpirySeconds = expiry,
            TopicAlias = alias,
            ResponseTopic = response,
            CorrelationData = correlation,
            SubscriptionIdentifiers = identifiers,
            ContentType = contentType,
            UserProperties = users,
        };

    private static Gen<object> Ack(ProtocolVersion version) =>
        from type in Gen.OneOf(PacketType.PubAck, PacketType.PubRec, PacketType.PubRel, PacketType.PubComp)
        from packetId in PacketId
        from code in version != ProtocolVersion.V5 ? Codes(0)
            : type is PacketType.PubAck or PacketType.PubRec ? Codes(0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99)
            : Codes(0, 0x92)
        from reason in MaybeText(version)
        from users in Users(version)
        select (object)new PublishAckPacket
        {
            Type = type,
            PacketId = packetId,
            ReasonCode = code,
            ReasonString = reason,
            UserProperties = users.Count == 0 ? null : users,
        };

    private static Gen<object> Subscribe(ProtocolVersion version) =>
        from packetId in PacketId
        from identifier in Of5(version, Gen.Frequency((1, Gen.Const(0u)), (1, SubscriptionIdentifier)), 0u)
        from users in Users(version)
        from requests in Request(version).Array[1, 4]
        select (object)new SubscribePacket
        {
            PacketId = packetId,
            SubscriptionIdentifier = identifier,
            UserProperties = users,
            Requests = requests,
        };

    private static Gen<SubscribeRequest> Request(ProtocolVersion version) =>
        from filter in Filter
        from qos in QoS
        from noLocal in Of5(version, Gen.Bool, false)
        from asPublished in Of5(version, Gen.Bool, false)
        from handling in Of5(version, Gen.Enum<RetainHandling>(), RetainHandling.Send)
        select new SubscribeRequest(
            filter,
            qos,
            noLocal && !filter.StartsWith("$share/", StringComparison.Ordinal),
            asPublished,
            handling);

    private static Gen<object> Unsubscribe(ProtocolVersion version) =>
        from packetId in PacketId
        from users in Users(version)
        from filters in Filter.Array[1, 4]
        select (object)new UnsubscribePacket { PacketId = packetId, UserProperties = users, Filters = filters };

    private static Gen<object> SubAck(ProtocolVersion version) =>
        from packetId in PacketId
        from codes in (version == ProtocolVersion.V5
            ? Codes(0, 1, 2, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2)
            : Codes(0, 1, 2, 0x80)).Array[1, 4]
        from reason in MaybeText(version)
        from users in Users(version)
        select (object)new SubscriptionAckPacket
        {
            Type = PacketType.SubAck,
            PacketId = packetId,
            ReasonString = reason,
            UserProperties = users,
            ReasonCodes = codes,
        };

    private static Gen<object> UnsubAck(ProtocolVersion version) =>
        from packetId in PacketId
        from codes in Of5(version, Codes(0, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91).Array[1, 4], [])
        from reason in MaybeText(version)
        from users in Users(version)
        select (object)new SubscriptionAckPacket
        {
            Type = PacketType.UnsubAck,
            PacketId = packetId,
            ReasonString = reason,
            UserProperties = users,
            ReasonCodes = codes,
        };

    private static Gen<object> Disconnect(ProtocolVersion version) =>
        from code in version == ProtocolVersion.V5 ? Codes(0, 0, 0x04, 0x81, 0x82, 0x8E, 0x95, 0x9D, 0xA2) : Codes(0)
        from expiry in Maybe(version, Gen.UInt)
        from reason in MaybeText(version)
        from users in Users(version)
        from reference in MaybeText(version)
        select (object)new DisconnectPacket
        {
            ReasonCode = code,
            SessionExpirySeconds = expiry,
            ReasonString = reason,
            UserProperties = users,
            ServerReference = reference,
        };

    private static readonly Gen<object> Auth = Gen.Frequency(
        (1, Gen.Const<object>(() => new AuthPacket())),
        (4,
            from code in Codes(0, 0x18, 0x19)
            from method in Text
            from data in Gen.Nullable(Bytes, 0.5)
            from reason in Gen.Null(Text, 0.5)
            from users in UserProperties
            select (object)new AuthPacket
            {
                ReasonCode = code,
                AuthenticationMethod = method,
                AuthenticationData = data,
                ReasonString = reason,
                UserProperties = users,
            }));
}
