using System.Text;
using SkyTree.Core.Protocol;

namespace SkyTree.Rules.Templates;

/// <summary>What a topic name is made by. Values of payloads are one level, or a part of one.</summary>
internal sealed class TopicTemplate
{
    private readonly IReadOnlyList<TemplatePart> _parts;
    private readonly int _restWildcard; // the number of the filter's "#"; 0: it has none

    private TopicTemplate(IReadOnlyList<TemplatePart> parts, int restWildcard) => (_parts, _restWildcard) = (parts, restWildcard);

    /// <summary>Makes one.</summary>
    /// <param name="text">The template.</param>
    /// <param name="filter">The rule's filter.</param>
    /// <param name="problem">What is wrong with it; empty: nothing.</param>
    /// <returns>Null: something is wrong.</returns>
    public static TopicTemplate? TryCreate(string text, string filter, out string problem)
    {
        int wildcards = TopicLevels.CountWildcards(filter);
        if (PayloadTemplate.Parse(text, wildcards, out problem) is not { } parts)
        {
            return null;
        }

        problem = text.Length == 0 ? "a topic is needed, such as alarms/${1}"
            : parts.Any(part => !part.IsPlaceholder && part.Text.AsSpan().ContainsAny("+#\0")) ? $"'{text}' has a wildcard in it; it is a topic that is published to"
            : parts.Any(part => part is { IsPlaceholder: true, Text: "payload" }) ? "a payload is no topic; ${$.name} is a value of one that is JSON"
            : !parts[0].IsPlaceholder && text.StartsWith('$') ? "topics that begin with $ have a meaning of their own"
            : "";
        return problem.Length == 0 ? new TopicTemplate(parts, filter.EndsWith('#') ? wildcards : 0) : null;
    }

    /// <summary>Makes the topic of a message.</summary>
    /// <exception cref="RuleException">It would be none.</exception>
    public string Fill(MessageValues values)
    {
        var text = new StringBuilder();
        foreach (TemplatePart part in _parts)
        {
            string value = part.IsPlaceholder ? JsonPayload.ToText(values.Find(part.Text)) : part.Text;
            if (part.IsPlaceholder && !HasLevels(part) && !TopicLevels.IsPlain(value))
            {
                throw new RuleException($"${{{part.Text}}} is empty or has a '/', '+' or '#' in it, so it cannot be a level of a topic");
            }

            text.Append(value);
        }

        string topic = text.ToString();
        return topic.StartsWith('$') || !TopicName.IsValid(Encoding.UTF8.GetBytes(topic)) ? throw new RuleException("it would be no topic that can be published to") : topic;
    }

    /// <summary>A filter that fits all that it can make, and perhaps more.</summary>
    public string ToFilter()
    {
        var filter = new StringBuilder();
        foreach (TemplatePart part in _parts)
        {
            if (part.IsPlaceholder && HasLevels(part))
            {
                filter.Append('#');
                break; // whatever follows
            }

            filter.Append(part.IsPlaceholder ? "+" : part.Text);
        }

        string[] levels = filter.ToString().Split('/');
        return string.Join('/', levels.Select(level => level.Contains('#', StringComparison.Ordinal) ? "#" : level.Contains('+', StringComparison.Ordinal) ? "+" : level));
    }

    private bool HasLevels(TemplatePart part) => part.Text == "topic" || (MessageValues.NumberOf(part.Text) is { } number && number == _restWildcard);
}
