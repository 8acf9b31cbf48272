namespace SkyTree.AspNetCore.Portal.Charts;

/// <summary>What the values of a <see cref="TimeChart"/> are.</summary>
public enum ChartUnit
{
    /// <summary>How many there are.</summary>
    Count,

    /// <summary>How many each second.</summary>
    Rate,

    /// <summary>Bytes.</summary>
    Bytes,

    /// <summary>Bytes each second.</summary>
    ByteRate,
}
