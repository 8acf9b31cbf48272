namespace SkyTree.Bridges;

/// <summary>A bridge's connection cannot be made, or cannot go on; the message says why in a line.</summary>
internal sealed class BridgeException : Exception
{
    public BridgeException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
