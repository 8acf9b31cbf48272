namespace SkyTree.Cluster.Replication;

/// <summary>The replicator's times.</summary>
internal sealed record ReplicatorOptions
{
    /// <summary>How long a lease lasts.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMilliseconds(1_500);

    /// <summary>How much earlier a node holds its lease for run out: what it has begun to send is sent by then.</summary>
    public TimeSpan Margin { get; init; } = TimeSpan.FromMilliseconds(400);

    /// <summary>How often leases are renewed.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>After this time without a sign of life a node's clients are held for gone.</summary>
    public TimeSpan NodeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Proposals that have not come back for so long are sent again.</summary>
    public TimeSpan Resend { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long to wait for a link before it is looked at again.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromMilliseconds(20);
}
