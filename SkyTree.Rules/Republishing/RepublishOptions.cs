using System.ComponentModel.DataAnnotations;

namespace SkyTree.Rules.Republishing;

/// <summary>A rule that publishes messages again (<c>SkyTree:Rules:Republish:{name}</c>).</summary>
internal sealed record RepublishOptions
{
    /// <summary>Whether it runs. Messages go on waiting for one that does not, if it has run before.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The topic filter of the messages; not a shared one, and no replay.</summary>
    public string Filter { get; init; } = "";

    /// <summary>
    /// What must hold for a message's payload, which is JSON then: what stands in a JSONPath filter, <c>@</c> being the payload, such as
    /// <c>@.value &gt; 80 &amp;&amp; @.unit == 'C'</c>. Empty: nothing.
    /// </summary>
    public string If { get; init; } = "";

    /// <summary>
    /// The topic to publish to. <c>${1}</c> is what the filter's first wildcard stands for, <c>${$.site}</c> a value of the JSON payload.
    /// </summary>
    public string To { get; init; } = "";

    /// <summary>What the payload is made by, with the same placeholders; JSON if it begins with a brace or a bracket. Empty: the payload as it is.</summary>
    public string Payload { get; init; } = "";

    /// <summary>The QoS to publish with, 0 to 2; null: that of the message.</summary>
    [Range(0, 2)]
    public int? QoS { get; init; }

    /// <summary>Whether it is published to be retained; null: as the message was.</summary>
    public bool? Retain { get; init; }

    /// <summary>Whether messages that are retained when it runs for the first time are published again, too.</summary>
    public bool IncludeRetained { get; init; }

    /// <summary>Where messages are published that the rule can make nothing of, with the reason; empty: they are counted and passed over.</summary>
    public string DeadLetterTopic { get; init; } = "";
}
