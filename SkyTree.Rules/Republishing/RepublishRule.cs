using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Protocol;
using SkyTree.Rules.Templates;
using SkyTree.Sinks;

namespace SkyTree.Rules.Republishing;

/// <summary>A rule that publishes messages again, compiled. Immutable.</summary>
internal sealed class RepublishRule
{
    private readonly TopicTemplate _to;
    private readonly PayloadTemplate? _payload; // null: the payload as it is

    private RepublishRule(string name, RepublishOptions options, TopicTemplate to, PayloadTemplate? payload) =>
        (Name, Options, _to, _payload) = (name, options, to, payload);

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What it was made of.</summary>
    public RepublishOptions Options { get; }

    /// <summary>The name of the sink that it is.</summary>
    public string SinkName => RuleSet.SinkNameOf(Name);

    /// <summary>A filter that fits all that it can publish to, dead letters apart.</summary>
    public string Reach => _to.ToFilter();

    /// <summary>Makes one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="options">What it is made of.</param>
    /// <param name="mistake">Is told each option that is wrong, and why.</param>
    /// <returns>Null: there was a mistake.</returns>
    public static RepublishRule? TryCreate(string name, RepublishOptions options, Action<string, string> mistake)
    {
        bool isFine = true;
        void Check(string option, string? problem)
        {
            if (!string.IsNullOrEmpty(problem))
            {
                isFine = false;
                mistake(option, problem);
            }
        }

        bool hasFilter = TopicLevels.IsPlainFilter(options.Filter);
        Check(nameof(options.Filter), hasFilter ? null : $"'{options.Filter}' is not a plain topic filter such as plant/+/state");
        TopicTemplate? to = TopicTemplate.TryCreate(options.To, options.Filter, out string problem);
        Check(nameof(options.To), problem);
        PayloadTemplate? payload = null;
        if (options.Payload.Length > 0)
        {
            payload = PayloadTemplate.TryCreate(options.Payload, TopicLevels.CountWildcards(options.Filter), out problem);
            Check(nameof(options.Payload), problem);
        }

        Check(nameof(options.If), options.If.Length > 0 ? JsonPayload.FindConditionProblem(options.If) : null);
        if (hasFilter)
        {
            ToSink(options).ValidateTopics("", (_, mistaken) => Check(nameof(options.DeadLetterTopic), mistaken));
        }

        return isFine ? new RepublishRule(name, options, to!, payload) : null;
    }

    /// <summary>What it makes of a message.</summary>
    /// <param name="message">A message that fits the filter.</param>
    /// <param name="time">The clock.</param>
    /// <returns>Null: the condition does not hold.</returns>
    /// <exception cref="RuleException">It can make nothing of it.</exception>
    public PublishRequest? Apply(SinkMessage message, TimeProvider time)
    {
        var values = new MessageValues(message, Options.Filter, time);
        if (Options.If.Length > 0 && !values.Fits(Options.If))
        {
            return null;
        }

        return new PublishRequest
        {
            Topic = _to.Fill(values),
            Payload = _payload?.Fill(values) ?? message.Payload,
            QoS = Options.QoS is { } qos ? (QoS)qos : message.QoS,
            Retain = Options.Retain ?? message.Retain,
            ExpirySeconds = message.ExpirySeconds,
            Properties = new MessageProperties
            {
                PayloadIsUtf8 = _payload is null ? message.PayloadIsUtf8 : true,
                ContentType = _payload is null ? message.ContentType : _payload.IsJson ? "application/json" : null,
                ResponseTopic = message.ResponseTopic,
                CorrelationData = message.CorrelationData,
                UserProperties = message.UserProperties,
            },
        };
    }

    /// <summary>It as a sink of the broker's own messages.</summary>
    /// <param name="create">Makes what writes.</param>
    public SinkDefinition ToSink(Func<ISink> create) => new(SinkName, "Republish", ToSink(Options), create) { NoLocal = true };

    private static SinkOptions ToSink(RepublishOptions options) => new()
    {
        Filters = [options.Filter],
        QoS = options.QoS is null ? 2 : 1,
        IncludeRetained = options.IncludeRetained,
        LingerMilliseconds = 1, // nobody gains by waiting
        DeadLetterTopic = options.DeadLetterTopic,
    };
}
