namespace SkyTree.Core.Protocol;

/// <summary>Quality of service (MQTT 5.0, 4.3).</summary>
public enum QoS : byte
{
    /// <summary>At most once.</summary>
    AtMostOnce = 0,

    /// <summary>At least once.</summary>
    AtLeastOnce = 1,

    /// <summary>Exactly once.</summary>
    ExactlyOnce = 2,
}
