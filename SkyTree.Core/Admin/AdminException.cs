namespace SkyTree.Core.Admin;

/// <summary>An action was not done. The message is for people and says what can be done; nothing has changed.</summary>
public sealed class AdminException : Exception
{
    /// <summary>Creates one.</summary>
    public AdminException()
    {
    }

    /// <summary>Creates one with a message.</summary>
    /// <param name="message">What is wrong.</param>
    public AdminException(string message)
        : base(message)
    {
    }

    /// <summary>Creates one with a message and its cause.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public AdminException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates one.</summary>
    /// <param name="error">What kind of mistake it is.</param>
    /// <param name="code">Its stable name in snake case, such as <c>user_exists</c>: part of the HTTP API.</param>
    /// <param name="message">What is wrong, for people.</param>
    public AdminException(AdminError error, string code, string message)
        : base(message)
    {
        Error = error;
        Code = code;
    }

    /// <summary>Creates one with its cause.</summary>
    /// <param name="error">What kind of mistake it is.</param>
    /// <param name="code">Its stable name in snake case.</param>
    /// <param name="message">What is wrong, for people.</param>
    /// <param name="innerException">The cause.</param>
    public AdminException(AdminError error, string code, string message, Exception? innerException)
        : base(message, innerException)
    {
        Error = error;
        Code = code;
    }

    /// <summary>What kind of mistake it is.</summary>
    public AdminError Error { get; } = AdminError.Invalid;

    /// <summary>Its stable name in snake case.</summary>
    public string Code { get; } = "invalid";

    /// <summary>What is wrong with which field, by the field's name in camel case; empty: it is not about fields.</summary>
    public IReadOnlyDictionary<string, string> Fields { get; init; } = new Dictionary<string, string>();
}
