using System.Globalization;
using System.Text;
using Newtonsoft.Json.Linq;
using SkyTree.Sinks;

namespace SkyTree.Rules.Templates;

/// <summary>What placeholders stand for in the templates of one message. One thread.</summary>
internal sealed class MessageValues(SinkMessage message, string filter, TimeProvider time)
{
    private readonly DateTimeOffset _at = message.StoredAt ?? time.GetUtcNow();
    private JsonPayload? _payload;
    private string?[]? _captured;

    private JsonPayload Payload => _payload ??= JsonPayload.Parse(message.Payload);

    /// <summary>Finds what is wrong with a placeholder.</summary>
    /// <param name="placeholder">What stands between the braces.</param>
    /// <param name="wildcards">The wildcards of the rule's filter.</param>
    /// <returns>Null: nothing.</returns>
    public static string? FindProblem(string placeholder, int wildcards)
    {
        if (placeholder.StartsWith('$'))
        {
            return JsonPayload.FindPathProblem(placeholder);
        }

        if (placeholder is "topic" or "payload" or "qos" or "retain" or "time" or "timems" or "offset" || NumberOf(placeholder) is { } number && number <= wildcards)
        {
            return null;
        }

        string levels = wildcards == 0 ? "" : $"${{1}} to ${{{wildcards}}} for the filter's wildcards, ";
        return $"there is no ${{{placeholder}}}; there are {levels}${{topic}}, ${{payload}}, ${{qos}}, ${{retain}}, ${{time}}, ${{timems}}, ${{offset}}, and paths such as ${{$.value}}";
    }

    /// <summary>The number of a wildcard; null: the placeholder is none.</summary>
    public static int? NumberOf(string placeholder) =>
        int.TryParse(placeholder, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : null;

    /// <summary>Whether a condition holds.</summary>
    /// <exception cref="RuleException">The payload is not JSON, or its values cannot be compared.</exception>
    public bool Fits(string condition) => Payload.Fits(condition);

    /// <summary>What a placeholder stands for.</summary>
    /// <exception cref="RuleException">For nothing.</exception>
    public JToken Find(string placeholder) => placeholder switch
    {
        "topic" => message.Topic,
        "payload" => message.Text ?? throw new RuleException("the payload is not UTF-8"),
        "qos" => (int)message.QoS,
        "retain" => message.Retain,
        "time" => _at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        "timems" => _at.ToUnixTimeMilliseconds(),
        "offset" => message.Offset ?? throw new RuleException("the message was not stored, so it has no offset"),
        _ when NumberOf(placeholder) is { } number => Capture(number),
        _ => Payload.Select(placeholder),
    };

    /// <summary>What a template comes to.</summary>
    /// <exception cref="RuleException">One of its placeholders stands for nothing.</exception>
    public string Fill(IReadOnlyList<TemplatePart> template)
    {
        var text = new StringBuilder();
        foreach (TemplatePart part in template)
        {
            text.Append(part.IsPlaceholder ? JsonPayload.ToText(Find(part.Text)) : part.Text);
        }

        return text.ToString();
    }

    private string Capture(int number) =>
        (_captured ??= TopicLevels.Capture(filter, message.Topic))[number - 1] ?? throw new RuleException($"the topic has no level for ${{{number}}}");
}
