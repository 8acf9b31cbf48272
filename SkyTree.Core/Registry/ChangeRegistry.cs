using SkyTree.Core.Admin.Audit;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Registry;

/// <summary>Changes what people configure: all of it or nothing, with a note of who did it.</summary>
internal sealed record ChangeRegistry(IReadOnlyList<RegistryChange> Changes) : Command<RegistryOutcome>
{
    /// <summary>What must hold besides.</summary>
    public IReadOnlyList<RegistryCondition> Conditions { get; init; } = [];

    /// <summary>Who did what; null: it is not worth a note.</summary>
    public AuditNote? Note { get; init; }

    public override bool IsOrdered => true;

    public override RegistryOutcome ApplyTo(BrokerState state, long nowMs) => state.Apply(this, nowMs);
}

/// <summary>Notes what somebody did that is no change of the registry.</summary>
internal sealed record NoteAudit(AuditNote Note) : Command<bool>
{
    public override bool IsOrdered => true;

    public override bool ApplyTo(BrokerState state, long nowMs) => state.Apply(this, nowMs);
}
