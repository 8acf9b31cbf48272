using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core.Admin;
using SkyTree.Core.Protocol;
using SkyTree.Rules;
using SkyTree.Rules.Testing;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>Topics that get other names, and messages that are published again.</summary>
internal static class RuleRoutes
{
    public static void MapRules(this RouteGroupBuilder api)
    {
        RouteGroupBuilder rules = api.MapGroup("/rules").WithTags("Rules");
        rules.MapGet("", ListAsync).Needs(AdminArea.Rules, AdminAccess.Read)
            .Documented("listTopicRules", "What gives topics other names, and what publishes messages again", "Counters are those of all nodes that answer, each since it was started.");
        rules.MapGet("/{name}", GetAsync).Needs(AdminArea.Rules, AdminAccess.Read).Documented("getTopicRule", "One rule");
        rules.MapPost("/test", Test).Needs(AdminArea.Rules, AdminAccess.Read)
            .Documented("testTopicRules", "What would become of a message", "Nothing is published, and nothing counted. A topic filter is tried as a subscription only.");
    }

    private static async Task<Ok<TopicRulesAnswer>> ListAsync(HttpContext context, RuleAdmin rules, CancellationToken cancellationToken) =>
        TypedResults.Ok(new TopicRulesAnswer(await rules.ListAsync(context.Caller(), cancellationToken)));

    private static async Task<Ok<RuleStatus>> GetAsync(HttpContext context, RuleAdmin rules, string name, CancellationToken cancellationToken) =>
        TypedResults.Ok(await rules.GetAsync(context.Caller(), context.PathText(nameof(name)), cancellationToken));

    private static Ok<RuleTestAnswer> Test(HttpContext context, RuleAdmin rules, RuleTestBody request) =>
        TypedResults.Ok(RuleTestAnswer.Of(rules.Test(context.Caller(), request.ToTest())));
}

/// <summary>Rules.</summary>
/// <param name="Items">Rewrites in their order, then those that publish again, by name.</param>
internal sealed record TopicRulesAnswer(IReadOnlyList<RuleStatus> Items);

/// <summary>A message that rules are tried on.</summary>
internal sealed record RuleTestBody
{
    /// <summary>The topic name, or a topic filter.</summary>
    public required string Topic { get; init; }

    /// <summary>The payload as text; or <c>payloadBase64</c>, or neither for an empty one.</summary>
    public string? Payload { get; init; }

    /// <summary>The payload as Base64.</summary>
    public string? PayloadBase64 { get; init; }

    /// <summary>The QoS: 0, 1 or 2.</summary>
    public QoS QoS { get; init; }

    /// <summary>Whether it is published to be retained.</summary>
    public bool Retain { get; init; }

    /// <summary>The client identifier of whose it would be; absent: none.</summary>
    public string? ClientId { get; init; }

    /// <summary>The user name of that client; absent: none.</summary>
    public string? UserName { get; init; }

    /// <summary>The same for the service.</summary>
    /// <exception cref="AdminException">There are two payloads, or one is no Base64.</exception>
    public RuleTest ToTest() => new()
    {
        Topic = Topic,
        Payload = new MessageContentBody { Payload = Payload, PayloadBase64 = PayloadBase64 }.ToRequest(Topic, Retain).Payload,
        QoS = QoS,
        Retain = Retain,
        ClientId = ClientId ?? "",
        UserName = UserName,
    };
}

/// <summary>What would become of a message.</summary>
/// <param name="Publish">Of its topic, were it published; absent: it is a filter.</param>
/// <param name="Subscribe">Of its topic, were it subscribed to.</param>
/// <param name="Republished">Of the message, rule by rule, and of what those would publish.</param>
internal sealed record RuleTestAnswer(RewriteTrial? Publish, RewriteTrial Subscribe, IReadOnlyList<RepublishView> Republished)
{
    public static RuleTestAnswer Of(RuleTestResult result) => new(result.Publish, result.Subscribe, [.. result.Republished.Select(RepublishView.Of)]);
}

/// <summary>What a rule would make of a message.</summary>
internal sealed record RepublishView
{
    /// <summary>The rule.</summary>
    public required string Rule { get; init; }

    /// <summary>The topic of the message that it would read.</summary>
    public required string From { get; init; }

    /// <summary>What it would do.</summary>
    public RepublishOutcome Outcome { get; init; }

    /// <summary>Where it would publish; absent: nowhere.</summary>
    public string? Topic { get; init; }

    /// <summary>What it would publish as text, if it is UTF-8.</summary>
    public string? Payload { get; init; }

    /// <summary>The same as Base64, if it is not.</summary>
    public string? PayloadBase64 { get; init; }

    /// <summary>The QoS; absent: it would not publish.</summary>
    public QoS? QoS { get; init; }

    /// <summary>Whether to be retained; absent: it would not publish.</summary>
    public bool? Retain { get; init; }

    /// <summary>Why it could make nothing of it; absent: it could.</summary>
    public string? Problem { get; init; }

    public static RepublishView Of(RepublishTrial trial)
    {
        bool isPublished = trial.Outcome == RepublishOutcome.Published;
        string? text = isPublished ? Payloads.Text(trial.Payload.Span, isCut: false) : null;
        return new RepublishView
        {
            Rule = trial.Rule,
            From = trial.From,
            Outcome = trial.Outcome,
            Topic = trial.Topic,
            Payload = text,
            PayloadBase64 = isPublished && text is null ? Convert.ToBase64String(trial.Payload.Span) : null,
            QoS = isPublished ? trial.QoS : null,
            Retain = isPublished ? trial.Retain : null,
            Problem = trial.Problem,
        };
    }
}
