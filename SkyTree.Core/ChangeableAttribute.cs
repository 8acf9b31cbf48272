namespace SkyTree.Core;

/// <summary>
/// Marks an option that may be set while the program runs: its readers look at it whenever they need it. All others hold from the
/// start to the end.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ChangeableAttribute : Attribute
{
    /// <summary>Whether it counts for connections that are made from then on, and those that are there keep what they were given.</summary>
    public bool NewConnectionsOnly { get; init; }
}
