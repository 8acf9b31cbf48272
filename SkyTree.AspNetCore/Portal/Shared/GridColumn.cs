using Microsoft.AspNetCore.Components;

namespace SkyTree.AspNetCore.Portal.Shared;

/// <summary>A column of <see cref="KeysetGrid{TItem}"/>. It draws nothing itself.</summary>
/// <typeparam name="TItem">What a row is.</typeparam>
public sealed class GridColumn<TItem> : ComponentBase
    where TItem : notnull
{
    /// <summary>Its name, for what the browser remembers.</summary>
    [Parameter, EditorRequired]
    public required string Name { get; set; }

    /// <summary>Its heading.</summary>
    [Parameter, EditorRequired]
    public required string Title { get; set; }

    /// <summary>What a cell says, when it is plain text.</summary>
    [Parameter]
    public Func<TItem, string?>? Value { get; set; }

    /// <summary>What a cell shows, when it is more than that.</summary>
    [Parameter]
    public RenderFragment<TItem>? ChildContent { get; set; }

    /// <summary>Whether it is numbers, which stand at the end.</summary>
    [Parameter]
    public bool IsNumeric { get; set; }

    /// <summary>Whether it is shown only when it is chosen.</summary>
    [Parameter]
    public bool IsOptional { get; set; }

    /// <summary>Whether it is always shown.</summary>
    [Parameter]
    public bool IsFixed { get; set; }

    /// <summary>What the address says when the list is sorted by it; null: it cannot be.</summary>
    [Parameter]
    public string? Sort { get; set; }

    /// <summary>What is to be known of the list when it is sorted by it, such as what is left out.</summary>
    [Parameter]
    public string? SortNote { get; set; }

    /// <summary>Whether the list has this order when no other is asked for.</summary>
    [Parameter]
    public bool IsSortedByDefault { get; set; }

    [CascadingParameter]
    private KeysetGrid<TItem> Grid { get; set; } = default!;

    /// <inheritdoc/>
    protected override void OnInitialized() => Grid.Add(this);
}
