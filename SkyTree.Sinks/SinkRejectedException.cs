namespace SkyTree.Sinks;

/// <summary>The other system will never take these messages: they are too large for it, or make no sense to it.</summary>
public sealed class SinkRejectedException : Exception
{
    /// <summary>Creates one.</summary>
    public SinkRejectedException()
    {
    }

    /// <summary>Creates one with a message.</summary>
    /// <param name="message">What is wrong with them, in one line; it goes with them where they are given up to.</param>
    public SinkRejectedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates one with a message and its cause.</summary>
    /// <param name="message">What is wrong with them, in one line.</param>
    /// <param name="innerException">The cause.</param>
    public SinkRejectedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
