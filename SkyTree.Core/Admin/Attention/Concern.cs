namespace SkyTree.Core.Admin.Attention;

/// <summary>Something that somebody should look at.</summary>
/// <param name="Code">What it is, in words that stay: <c>disk_short</c>.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Text">The same for people, with what can be done.</param>
public sealed record Concern(string Code, ConcernSeverity Severity, string Text)
{
    /// <summary>The node that it is about; empty: the broker is one process, or it is about all of them.</summary>
    public Guid Node { get; init; }

    /// <summary>What it is about further: a listener, a backend; empty: nothing more.</summary>
    public string Subject { get; init; } = "";
}

/// <summary>How bad something is.</summary>
public enum ConcernSeverity
{
    /// <summary>It gets bad if nothing is done.</summary>
    Warning,

    /// <summary>Clients notice, or messages are at risk.</summary>
    Critical,
}
