namespace SkyTree.AspNetCore.Portal.Shared;

/// <summary>What <see cref="ConfirmDialog"/> asks.</summary>
public sealed record ConfirmQuestion
{
    /// <summary>The question: "Disconnect 12 clients?"</summary>
    public required string Title { get; init; }

    /// <summary>What will happen.</summary>
    public required string Text { get; init; }

    /// <summary>What its button says: "Disconnect".</summary>
    public required string Action { get; init; }

    /// <summary>What is done; an <c>AdminException</c> of it is shown in the dialog.</summary>
    public required Func<Task> Act { get; init; }

    /// <summary>To how many; null: to one.</summary>
    public long? Count { get; init; }

    /// <summary>To whom; the first few are shown.</summary>
    public IReadOnlyList<string> Details { get; init; } = [];

    /// <summary>What must be typed first, for what is large and cannot be undone; null: nothing.</summary>
    public string? TypeToConfirm { get; init; }

    /// <summary>Whether something is lost by it.</summary>
    public bool IsDestructive { get; init; } = true;
}
