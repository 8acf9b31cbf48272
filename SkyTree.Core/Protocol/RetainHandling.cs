namespace SkyTree.Core.Protocol;

/// <summary>Whether retained messages are sent when a subscription is made (MQTT 5.0, 3.8.3.1).</summary>
public enum RetainHandling : byte
{
    /// <summary>Send retained messages at every subscribe.</summary>
    Send = 0,

    /// <summary>Send them only if the subscription did not exist.</summary>
    SendIfNew = 1,

    /// <summary>Send none.</summary>
    DoNotSend = 2,
}
