namespace SkyTree.AspNetCore.Portal.Shared;

/// <summary>The names of a list's state in the address.</summary>
public static class KeysetQuery
{
    /// <summary>Where the part that is shown begins.</summary>
    public const string After = "after";

    /// <summary>Rows of a part.</summary>
    public const string Size = "size";

    /// <summary>What it is sorted by.</summary>
    public const string Sort = "sort";

    /// <summary>The sizes that are offered.</summary>
    public static IReadOnlyList<int> Sizes { get; } = [25, 50, 100, 250];
}
