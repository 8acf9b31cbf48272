using System.ComponentModel.DataAnnotations;
using SkyTree.Core.Subscriptions;
using SkyTree.Sinks.Files;
using SkyTree.Sinks.Sql;
using SkyTree.Sinks.Webhooks;

namespace SkyTree.Sinks;

/// <summary>What a sink reads and how it writes (<c>SkyTree:Sinks:{name}</c>).</summary>
public sealed record SinkOptions
{
    /// <summary>Which of the broker's own sinks it is; null in the options of a sink that an application has written.</summary>
    public SinkKind? Kind { get; init; }

    /// <summary>Whether it runs. Messages go on waiting for one that does not, if it has run before.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The topic filters of what it reads, at least one; not shared ones, and no replays.</summary>
    public IReadOnlyList<string> Filters { get; init; } = [];

    /// <summary>The most QoS at which it reads, 0 to 2. What was published at QoS 0, or is read so, is written if the sink keeps up, else dropped.</summary>
    [Range(0, 2)]
    public int QoS { get; init; } = 1;

    /// <summary>Whether messages that are retained when it runs for the first time are written, too.</summary>
    public bool IncludeRetained { get; init; }

    /// <summary>Messages that are written together, 1 to 10,000; never more than <c>SkyTree:Mqtt:MaximumInflight</c>.</summary>
    [Range(1, 10_000)]
    public int BatchMessages { get; init; } = 100;

    /// <summary>Kilobytes of payloads with which a batch is full, 1 to 65,536; a message may be larger.</summary>
    [Range(1, 65_536)]
    public int BatchKilobytes { get; init; } = 1024;

    /// <summary>Milliseconds that a batch that is not full waits for more, 1 to 60,000.</summary>
    [Range(1, 60_000)]
    public int LingerMilliseconds { get; init; } = 100;

    /// <summary>Seconds that one attempt to write may take, 1 to 3,600.</summary>
    [Range(1, 3600)]
    public int TimeoutSeconds { get; init; } = 30;

    /// <summary>Milliseconds until the second attempt, 10 to 60,000; doubled by each that fails, and up to a half less by chance.</summary>
    [Range(10, 60_000)]
    public int RetryMilliseconds { get; init; } = 500;

    /// <summary>Seconds between attempts at most, 1 to 3,600.</summary>
    [Range(1, 3600)]
    public int RetryMaximumSeconds { get; init; } = 60;

    /// <summary>Attempts after which a batch is given up to <see cref="DeadLetterTopic"/>, 0 to 1,000,000; 0: it is tried for ever.</summary>
    [Range(0, 1_000_000)]
    public int Attempts { get; init; }

    /// <summary>
    /// Where messages are published that are given up, with the reason; empty: none is ever given up, and what the other system refuses holds
    /// up what is behind it.
    /// </summary>
    public string DeadLetterTopic { get; init; } = "";

    /// <summary>The web server of a <see cref="SinkKind.Webhook"/>.</summary>
    public WebhookOptions Webhook { get; init; } = new();

    /// <summary>The folder and its files of a <see cref="SinkKind.File"/>.</summary>
    public FileSinkOptions File { get; init; } = new();

    /// <summary>The database and its table of a <see cref="SinkKind.Sql"/>.</summary>
    public SqlSinkOptions Sql { get; init; } = new();

    /// <summary>Checks what a single value's type and range cannot say.</summary>
    /// <param name="section">The section's full name, such as <c>SkyTree:Sinks:orders</c>.</param>
    /// <param name="name">The sink's name.</param>
    /// <param name="mistake">Is told the full name of an option, and what is wrong with it.</param>
    public void Validate(string section, string name, Action<string, string> mistake)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(mistake);
        if (name.Length is 0 or > 64 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
        {
            mistake(section, "a sink's name consists of 1 to 64 letters, digits, '-', '_' and '.'");
        }

        ValidateTopics(section, mistake);
        switch (Kind)
        {
            case SinkKind.Webhook:
                Webhook.Validate($"{section}:Webhook", mistake);
                break;
            case SinkKind.File:
                File.Validate($"{section}:File", mistake);
                break;
            case SinkKind.Sql:
                Sql.Validate($"{section}:Sql", mistake);
                break;
            default:
                mistake($"{section}:Kind", $"the kind is needed, one of {string.Join(", ", Enum.GetNames<SinkKind>())}");
                break;
        }
    }

    /// <summary>Finds what is wrong with the topics.</summary>
    internal void ValidateTopics(string section, Action<string, string> mistake)
    {
        if (Filters is not { Count: > 0 })
        {
            mistake($"{section}:Filters", "at least one topic filter is needed, such as plant/#");
        }

        for (int i = 0; i < Filters.Count; i++)
        {
            if (!TopicFilter.TryParse(Filters[i], out TopicFilter filter) || filter.IsShared || Filters[i].StartsWith("$replay/", StringComparison.Ordinal))
            {
                mistake($"{section}:Filters:{i}", $"'{Filters[i]}' is not a plain topic filter such as plant/#");
            }
            else if (DeadLetterTopic.Length > 0 && TopicFilter.Matches(filter.Filter, DeadLetterTopic))
            {
                mistake($"{section}:DeadLetterTopic", $"'{DeadLetterTopic}' fits '{Filters[i]}': what is given up would come back");
            }
        }

        if (DeadLetterTopic.AsSpan().ContainsAny("+#\0") || DeadLetterTopic.StartsWith("$SYS", StringComparison.Ordinal))
        {
            mistake($"{section}:DeadLetterTopic", $"'{DeadLetterTopic}' is no topic name that can be published to");
        }

        if (Attempts > 0 && DeadLetterTopic.Length == 0)
        {
            mistake($"{section}:Attempts", "messages are given up to a DeadLetterTopic only; set one, or let Attempts be 0");
        }
    }
}
