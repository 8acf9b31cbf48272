namespace SkyTree.Store.Redis;

/// <summary>
/// Redis could not be reached, did not answer in time, or refused. The message is one line that names the server and never a
/// password. What was being written may or may not have been; writing it again does no harm.
/// </summary>
public sealed class RedisStoreException : IOException
{
    /// <summary>Creates one.</summary>
    public RedisStoreException()
    {
    }

    /// <summary>Creates one with a message.</summary>
    /// <param name="message">What is wrong.</param>
    public RedisStoreException(string message)
        : base(message)
    {
    }

    /// <summary>Creates one with a message and its cause.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public RedisStoreException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
