using System.Text;

namespace SkyTree.Core.Subscriptions;

/// <summary>A topic filter that has been checked (MQTT 5.0, 4.7 and 4.8.2).</summary>
internal readonly record struct TopicFilter
{
    private const string SharePrefix = "$share/";

    private TopicFilter(string text, string filter, string? group)
    {
        Text = text;
        Filter = filter;
        Group = group;
    }

    /// <summary>The filter as the client wrote it.</summary>
    public string Text { get; }

    /// <summary>What topics are matched against: without <c>$share/{group}/</c>.</summary>
    public string Filter { get; }

    /// <summary>The share name, or null when the subscription is not shared.</summary>
    public string? Group { get; }

    public bool IsShared => Group is not null;

    public bool HasWildcard => Filter.AsSpan().ContainsAny('+', '#');

    /// <summary>Checks a filter's form. Length and number of levels are limits of the broker's and checked elsewhere.</summary>
    public static bool TryParse(string text, out TopicFilter filter)
    {
        filter = default;
        if (!text.StartsWith(SharePrefix, StringComparison.Ordinal))
        {
            if (!IsWellFormed(text))
            {
                return false;
            }

            filter = new TopicFilter(text, text, null);
            return true;
        }

        // [MQTT-4.8.2-1], [MQTT-4.8.2-2]: a share name of at least one character without "/", "+" and "#", then "/" and a filter.
        int slash = text.IndexOf('/', SharePrefix.Length);
        if (slash <= SharePrefix.Length)
        {
            return false;
        }

        string group = text[SharePrefix.Length..slash];
        string rest = text[(slash + 1)..];
        if (group.AsSpan().ContainsAny('+', '#') || !IsWellFormed(rest))
        {
            return false;
        }

        filter = new TopicFilter(text, rest, group);
        return true;
    }

    /// <summary>Whether a topic name matches a filter; wildcards at the front do not match <c>$</c>-topics [MQTT-4.7.2-1].</summary>
    public static bool Matches(ReadOnlySpan<char> filter, ReadOnlySpan<char> topic)
    {
        if (topic.StartsWith('$') && (filter.StartsWith('+') || filter.StartsWith('#')))
        {
            return false;
        }

        while (true)
        {
            if (filter is "#")
            {
                return true;
            }

            int filterEnd = filter.IndexOf('/');
            int topicEnd = topic.IndexOf('/');
            ReadOnlySpan<char> filterLevel = filterEnd < 0 ? filter : filter[..filterEnd];
            ReadOnlySpan<char> topicLevel = topicEnd < 0 ? topic : topic[..topicEnd];
            if (filterLevel is not "+" && !filterLevel.SequenceEqual(topicLevel))
            {
                return false;
            }

            if (topicEnd < 0)
            {
                // "a/#" matches its parent level "a" too.
                return filterEnd < 0 || filter[(filterEnd + 1)..] is "#";
            }

            if (filterEnd < 0)
            {
                return false;
            }

            filter = filter[(filterEnd + 1)..];
            topic = topic[(topicEnd + 1)..];
        }
    }

    public int CountLevels() => Filter.AsSpan().Count('/') + 1;

    public int Utf8Length() => Encoding.UTF8.GetByteCount(Text);

    public override string ToString() => Text;

    // [MQTT-4.7.1-1]: "#" alone in the last level; [MQTT-4.7.1-2]: "+" alone in its level; [MQTT-4.7.3-1]: not empty.
    private static bool IsWellFormed(ReadOnlySpan<char> filter)
    {
        if (filter.IsEmpty)
        {
            return false;
        }

        while (true)
        {
            int slash = filter.IndexOf('/');
            ReadOnlySpan<char> level = slash < 0 ? filter : filter[..slash];
            if (level.Length > 1 && level.ContainsAny('+', '#'))
            {
                return false;
            }

            if (slash < 0)
            {
                return true;
            }

            if (level is "#")
            {
                return false;
            }

            filter = filter[(slash + 1)..];
        }
    }
}
