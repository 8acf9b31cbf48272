using System.ComponentModel.DataAnnotations;

namespace SkyTree.Core.Admin;

/// <summary>How administration is kept safe (configuration section <c>SkyTree:Admin</c>).</summary>
internal sealed record AdminOptions
{
    /// <summary>Entries of the audit log that are kept, 100 to 100,000.</summary>
    [Range(100, 100_000)]
    [Changeable]
    public int AuditEntries { get; set; } = 10_000;

    /// <summary>Days for which entries of the audit log are kept, 1 to 3,650.</summary>
    [Range(1, 3650)]
    [Changeable]
    public int AuditDays { get; set; } = 365;

    /// <summary>Wrong passwords in a row after which an account must wait, 1 to 1,000; an address may have four times as many.</summary>
    [Range(1, 1000)]
    public int LockoutFailures { get; init; } = 5;

    /// <summary>Seconds to wait then, 1 to 3,600; each further wrong password doubles them.</summary>
    [Range(1, 3600)]
    public int LockoutSeconds { get; init; } = 5;

    /// <summary>Seconds to wait at most, 1 to 86,400.</summary>
    [Range(1, 86_400)]
    public int MaximumLockoutSeconds { get; init; } = 300;

    /// <summary>Minutes for which a token of <c>POST /api/v1/login</c> holds, 1 to 1,440.</summary>
    [Range(1, 1440)]
    [Changeable]
    public int TokenMinutes { get; set; } = 60;
}
