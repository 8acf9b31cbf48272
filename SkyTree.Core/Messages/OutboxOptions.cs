namespace SkyTree.Core.Messages;

/// <summary>Sizes and times of an <see cref="OutboxMessageStore"/>.</summary>
internal sealed record OutboxOptions
{
    /// <summary>Messages that are written to the external store at once, at most; 1 and up.</summary>
    public int PageMessages { get; init; } = 2000;

    /// <summary>Bytes of payload and properties that are written at once; a larger message goes alone.</summary>
    public int PageBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>The wait after the first failure; it doubles with each that follows.</summary>
    public TimeSpan FirstBackOff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest wait between two attempts.</summary>
    public TimeSpan LongestBackOff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long opening waits for the external store before the broker starts without it.</summary>
    public TimeSpan OpenWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long closing waits for the external store before it leaves it alone.</summary>
    public TimeSpan CloseWait { get; init; } = TimeSpan.FromSeconds(5);
}
