using System.ComponentModel.DataAnnotations;
using SkyTree.Core.Messages.Retention;
using SkyTree.Core.Replication;
using SkyTree.Core.Sessions.Limits;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Messages;

/// <summary>How messages and sessions are kept (configuration section <c>SkyTree:Store</c>). Which store it is, is its caller's to choose.</summary>
internal record StoreOptions
{
    /// <summary>How safe what a durable session or a stored message needs must be before it is acknowledged; listeners and topics may have their own.</summary>
    public Durability Durability { get; init; } = Durability.QuorumFsync;

    /// <summary>Topics with a durability of their own: the first rule that matches counts, before the listener's.</summary>
    public IReadOnlyList<DurabilityRule> DurabilityRules { get; init; } = [];

    /// <summary>Messages that are stored and kept although nobody durable waits for them; they make replay possible.</summary>
    public IReadOnlyList<RetentionRule> Retention { get; init; } = [];

    /// <summary>How much may be stored for one durable session, and what gives way then.</summary>
    public QueueLimits QueueLimits { get; init; } = new();

    /// <summary>Mebibytes that must stay free on the disk, 0 to 1,048,576: with less, messages that would be stored are refused with 0x97.</summary>
    [Range(0, 1_048_576)]
    [Changeable]
    public int FreeSpaceReserveMegabytes { get; set; } = 256;

    /// <summary>
    /// Nothing is written at a format level above this, 1 to 2, so that an earlier release can go on with the data folder; in a
    /// cluster the lowest of all nodes' counts. 0: the highest that this release has. A level that was reached stays.
    /// </summary>
    [Range(0, Replication.FormatLevel.Newest)]
    public int FormatLevel { get; init; }

    /// <summary>Mebibytes of messages that may wait for an external database, 1 to 1,048,576; then messages are refused with 0x97.</summary>
    [Range(1, 1_048_576)]
    [Changeable]
    public int OutboxMegabytes { get; set; } = 4096;

    /// <summary>Mebibytes of messages in memory, 0 to 1,048,576, for the store in memory; then messages are refused with 0x97.</summary>
    [Range(0, 1_048_576)]
    public int MemoryMegabytes { get; init; } = 1024;

    /// <summary>Mebibytes of late messages that are kept in memory beside the store, so that readers who keep up read no disk, 0 to 65,536.</summary>
    [Range(0, 65_536)]
    public int TailMegabytes { get; init; } = 32;
}

/// <summary>The durability of a topic filter's messages.</summary>
internal sealed record DurabilityRule
{
    /// <summary>The topic filter, not a shared one.</summary>
    public string Filter { get; init; } = "";

    /// <summary>How safe its messages must be before they are acknowledged.</summary>
    public Durability Durability { get; init; } = Durability.QuorumFsync;

    /// <summary>Checks rules. All that is wrong is reported, not only the first.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="section">The configuration key that they are under.</param>
    /// <param name="errors">Receives one line for each mistake, beginning with the full key.</param>
    public static void Validate(IReadOnlyList<DurabilityRule> rules, string section, ICollection<string> errors)
    {
        ArgumentNullException.ThrowIfNull(rules);
        ArgumentNullException.ThrowIfNull(errors);
        for (int i = 0; i < rules.Count; i++)
        {
            if (!TopicFilter.TryParse(rules[i].Filter, out TopicFilter filter) || filter.IsShared)
            {
                errors.Add($"{section}:{i}:{nameof(Filter)}: '{rules[i].Filter}' is not a topic filter, such as alarms/#");
            }
        }
    }
}
