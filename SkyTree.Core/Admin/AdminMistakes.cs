using System.Text;
using SkyTree.Core.Protocol;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Admin;

/// <summary>Mistakes that several services find.</summary>
internal static class AdminMistakes
{
    /// <summary>A value of a field makes no sense.</summary>
    public static AdminException Invalid(string field, string code, string message) =>
        new(AdminError.Invalid, code, message) { Fields = new Dictionary<string, string> { [field] = message } };

    /// <summary>There is no session of a client identifier.</summary>
    public static AdminException NoSession(string clientId) => new(AdminError.NotFound, "session_not_found", $"There is no session of client '{clientId}'.");

    /// <summary>A node does not answer.</summary>
    public static AdminException NodeAway(Guid node) => new(AdminError.Unavailable, "node_unavailable", $"Node {node} does not answer; nothing was done there.");

    /// <summary>The store does not answer.</summary>
    public static AdminException StoreAway(Exception exception) => new(AdminError.Unavailable, "store_unavailable", "The stored messages cannot be read now.", exception);

    /// <summary>Reads a topic filter.</summary>
    /// <exception cref="AdminException">It is none.</exception>
    public static TopicFilter RequireFilter(string field, string text) =>
        !string.IsNullOrEmpty(text) && TopicFilter.TryParse(text, out TopicFilter filter) ? filter : throw Invalid(field, "bad_filter", "This is no topic filter.");

    /// <summary>Returns if a text is a topic name.</summary>
    /// <exception cref="AdminException">It is none.</exception>
    public static void RequireTopic(string field, string? topic)
    {
        if (string.IsNullOrEmpty(topic) || !TopicName.IsValid(Encoding.UTF8.GetBytes(topic)))
        {
            throw Invalid(field, "bad_topic", "This is no topic name: it is 1 to 65,535 bytes without '+', '#' and U+0000.");
        }
    }
}
