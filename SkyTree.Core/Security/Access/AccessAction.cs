namespace SkyTree.Core.Security.Access;

/// <summary>What a client does with a topic.</summary>
public enum AccessAction
{
    /// <summary>Publishes to it.</summary>
    Publish,

    /// <summary>Subscribes to it.</summary>
    Subscribe,

    /// <summary>Asks for what is stored of it.</summary>
    Replay,
}
