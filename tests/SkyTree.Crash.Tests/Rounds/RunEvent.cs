namespace SkyTree.Crash.Tests.Rounds;

/// <summary>What happens at a client: the moments behind which a broker is killed.</summary>
internal enum RunEvent
{
    /// <summary>CONNECT went out.</summary>
    Connecting,

    /// <summary>CONNACK came.</summary>
    Connected,

    /// <summary>SUBSCRIBE went out.</summary>
    Subscribing,

    /// <summary>PUBLISH went out.</summary>
    Published,

    /// <summary>PUBACK or PUBREC came.</summary>
    Acknowledged,

    /// <summary>PUBREL went out.</summary>
    Released,

    /// <summary>A message came to an application.</summary>
    Delivered,

    /// <summary>PUBREL came: the subscriber's half of QoS 2 is done.</summary>
    Finished,
}
