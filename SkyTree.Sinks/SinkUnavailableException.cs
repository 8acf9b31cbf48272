namespace SkyTree.Sinks;

/// <summary>The other system cannot take messages now.</summary>
public sealed class SinkUnavailableException : Exception
{
    /// <summary>Creates one.</summary>
    public SinkUnavailableException()
    {
    }

    /// <summary>Creates one with a message.</summary>
    /// <param name="message">Why, in one line.</param>
    public SinkUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Creates one with a message and its cause.</summary>
    /// <param name="message">Why, in one line.</param>
    /// <param name="innerException">The cause.</param>
    public SinkUnavailableException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>When the other system asks to be tried again; null: after the sink's own back-off. At most an hour counts.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
