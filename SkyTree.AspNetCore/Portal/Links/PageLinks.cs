using System.Globalization;

namespace SkyTree.AspNetCore.Portal.Links;

/// <summary>Addresses of pages about one thing. What may hold any character stands in the query.</summary>
public static class PageLinks
{
    /// <summary>The page of a session.</summary>
    /// <param name="clientId">The client identifier.</param>
    /// <param name="tab">Which part of it; null: the first.</param>
    public static string Session(string clientId, string? tab = null) => With("sessions/one", ("id", clientId), ("tab", tab));

    /// <summary>The page of a shared group.</summary>
    /// <param name="filter"><c>$share/{group}/{filter}</c>.</param>
    public static string SharedGroup(string filter) => With("shared-groups/one", ("filter", filter));

    /// <summary>The subscriptions that fit.</summary>
    /// <param name="topic">Those that match this topic.</param>
    /// <param name="clientId">Those of this client.</param>
    /// <param name="filter">Those with this filter.</param>
    public static string Subscriptions(string? topic = null, string? clientId = null, string? filter = null) =>
        With("subscriptions", ("topic", topic), ("client", clientId), ("filter", filter));

    /// <summary>What was dropped.</summary>
    /// <param name="clientId">Of this client.</param>
    public static string Drops(string? clientId = null) => With("drops", ("client", clientId));

    /// <summary>Why somebody did not get something.</summary>
    /// <param name="clientId">Who.</param>
    /// <param name="topic">Messages of this topic.</param>
    /// <param name="offset">The stored message; null: messages that come now.</param>
    public static string Why(string? clientId = null, string? topic = null, long? offset = null) =>
        With("drops/why", ("client", clientId), ("topic", topic), ("offset", offset is { } number ? Text(number) : null));

    /// <summary>A recording that is to be made.</summary>
    /// <param name="clientId">Of this client.</param>
    /// <param name="filter">Of messages with topics that match this.</param>
    public static string NewTrace(string? clientId = null, string? filter = null) => With("trace", ("new", "1"), ("client", clientId), ("topic", filter));

    /// <summary>The tree of topics, with one of them shown.</summary>
    /// <param name="topic">The topic.</param>
    public static string Topic(string topic) => With("topics", ("topic", topic));

    /// <summary>Stored messages whose topics match.</summary>
    /// <param name="filter">A topic or a filter.</param>
    public static string Messages(string filter) => With("messages", ("filter", filter));

    /// <summary>One stored message.</summary>
    /// <param name="offset">Its offset.</param>
    public static string Message(long offset) => "messages/" + Text(offset);

    /// <summary>Two stored messages side by side.</summary>
    /// <param name="left">The offset of one.</param>
    /// <param name="right">The offset of the other.</param>
    public static string Compare(long left, long right) => With("messages/compare", ("left", Text(left)), ("right", Text(right)));

    /// <summary>Messages as they come.</summary>
    /// <param name="filter">Those whose topics match this.</param>
    public static string Live(string filter) => With("messages/live", ("filter", filter));

    /// <summary>Retained messages whose topics match.</summary>
    /// <param name="filter">A topic or a filter.</param>
    public static string Retained(string filter) => With("retained", ("filter", filter));

    /// <summary>A topic's retained message.</summary>
    /// <param name="topic">The topic.</param>
    public static string RetainedMessage(string topic) => With("retained/one", ("topic", topic));

    /// <summary>The WebSocket client, ready to publish to a topic.</summary>
    /// <param name="topic">The topic.</param>
    public static string Client(string topic) => With("client", ("topic", topic));

    private static string With(string path, params ReadOnlySpan<(string Name, string? Value)> query)
    {
        string separator = "?";
        foreach ((string name, string? value) in query)
        {
            if (!string.IsNullOrEmpty(value))
            {
                path += $"{separator}{name}={Uri.EscapeDataString(value)}";
                separator = "&";
            }
        }

        return path;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
