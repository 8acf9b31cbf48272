using System.Text;

namespace SkyTree.Cluster.Administration;

/// <summary>What a node answers that was asked for something only the leader does.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Reason">Why not; empty if it is done.</param>
internal readonly record struct LeaderAnswer(LeaderOutcome Outcome, string Reason = "")
{
    /// <summary>Done.</summary>
    public static LeaderAnswer Done { get; } = new(LeaderOutcome.Done);

    /// <summary>This node does not lead.</summary>
    public static LeaderAnswer NotLeader { get; } = new(LeaderOutcome.NotLeader);

    /// <summary>It is not done, and asking again does not help.</summary>
    public static LeaderAnswer Refused(string reason) => new(LeaderOutcome.Refused, reason);

    /// <summary>The bytes of it: the outcome, the reason in UTF-8.</summary>
    public byte[] ToBytes() => [(byte)Outcome, .. Encoding.UTF8.GetBytes(Reason)];

    /// <summary>Reads what <see cref="ToBytes"/> wrote. What a later version says beyond that is a refusal.</summary>
    public static LeaderAnswer Parse(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [(byte)LeaderOutcome.Done, ..] => Done,
        [(byte)LeaderOutcome.NotLeader, ..] => NotLeader,
        [_, .. { } reason] => Refused(Encoding.UTF8.GetString(reason)),
        _ => Refused("the leader's answer is empty"),
    };
}

/// <summary>What became of a request to the leader. Numbers are for ever.</summary>
internal enum LeaderOutcome : byte
{
    /// <summary>It is done.</summary>
    Done = 0,

    /// <summary>It is not done; the reason says why.</summary>
    Refused = 1,

    /// <summary>Nothing was done: another node leads.</summary>
    NotLeader = 2,
}
