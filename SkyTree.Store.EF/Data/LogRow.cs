namespace SkyTree.Store.EF.Data;

/// <summary>The log's end, in a table of one row. Whoever writes holds this row, so appends and deletions take turns across processes.</summary>
internal sealed class LogRow
{
    public int Id { get; set; }

    /// <summary>The highest offset ever appended.</summary>
    public long LastOffset { get; set; }

    /// <summary><see cref="MessageRow.ClockMs"/> of the last message.</summary>
    public long ClockMs { get; set; }
}
