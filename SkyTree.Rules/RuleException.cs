namespace SkyTree.Rules;

/// <summary>A rule can make nothing of a message. What it says is for people.</summary>
internal sealed class RuleException : Exception
{
    /// <summary>Creates one.</summary>
    public RuleException()
    {
    }

    /// <summary>Creates one.</summary>
    /// <param name="message">Why.</param>
    public RuleException(string message)
        : base(message)
    {
    }

    /// <summary>Creates one.</summary>
    /// <param name="message">Why.</param>
    /// <param name="innerException">What has caused it.</param>
    public RuleException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
