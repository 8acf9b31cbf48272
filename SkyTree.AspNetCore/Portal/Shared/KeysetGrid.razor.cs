using System.Globalization;
using Microsoft.AspNetCore.Components;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Portal.Shared;

/// <summary>
/// A list of any length, of which one part at a time is asked for. Where one is and how much is shown stand in the address,
/// beside the page's own filters; which columns are shown is remembered by the browser.
/// </summary>
/// <typeparam name="TItem">What a row is.</typeparam>
public sealed partial class KeysetGrid<TItem> : IDisposable
{
    private readonly List<GridColumn<TItem>> _columns = [];
    private readonly HashSet<string> _toggled = new(StringComparer.Ordinal); // columns that are not as they are by default
    private readonly Dictionary<string, TItem> _selected = new(StringComparer.Ordinal);
    private readonly Stack<string> _before = new(); // the beginnings of the parts before; "" is the front
    private CancellationTokenSource _loading = new();
    private (string? Filter, string? After, int Limit, string? Sort)? _shown;
    private Page<TItem>? _page;
    private string? _failure;
    private bool _isLoading;
    private bool _isDisposed;

    /// <summary>The list's name, for what the browser remembers.</summary>
    [Parameter, EditorRequired]
    public required string Name { get; set; }

    /// <summary>What is listed, for those who hear the page.</summary>
    [Parameter, EditorRequired]
    public required string Label { get; set; }

    /// <summary>Fetches a part.</summary>
    [Parameter, EditorRequired]
    public required Func<KeysetRequest, CancellationToken, ValueTask<Page<TItem>>> Load { get; set; }

    /// <summary>What tells one row from another.</summary>
    [Parameter, EditorRequired]
    public required Func<TItem, string> Key { get; set; }

    /// <summary>The columns: <see cref="GridColumn{TItem}"/>.</summary>
    [Parameter, EditorRequired]
    public required RenderFragment Columns { get; set; }

    /// <summary>The page's filters as a text: when it is another one, the list is fetched anew.</summary>
    [Parameter]
    public string? Filter { get; set; }

    /// <summary>The fields of the filters.</summary>
    [Parameter]
    public RenderFragment? Filters { get; set; }

    /// <summary>What can be done with rows that are chosen; null: rows cannot be chosen.</summary>
    [Parameter]
    public RenderFragment<IReadOnlyList<TItem>>? Bulk { get; set; }

    /// <summary>What to show when there is nothing.</summary>
    [Parameter]
    public RenderFragment? Empty { get; set; }

    [Inject]
    private NavigationManager Addresses { get; set; } = default!;

    [Inject]
    private Browser Browser { get; set; } = default!;

    [Inject]
    private ILogger<KeysetGrid<TItem>> Logger { get; set; } = default!;

    [SupplyParameterFromQuery(Name = KeysetQuery.After)]
    private string? After { get; set; }

    [SupplyParameterFromQuery(Name = KeysetQuery.Size)]
    private int? Rows { get; set; }

    [SupplyParameterFromQuery(Name = KeysetQuery.Sort)]
    private string? Sort { get; set; }

    private int Limit => Rows is { } size && KeysetQuery.Sizes.Contains(size) ? size : 50;

    private IEnumerable<GridColumn<TItem>> Shown => _columns.Where(IsShown);

    private bool IsAllSelected => _page is { Items.Count: > 0 } page && page.Items.All(item => _selected.ContainsKey(Key(item)));

    /// <summary>The rows that are shown.</summary>
    public IReadOnlyList<TItem> Items => _page?.Items ?? [];

    /// <summary>
    /// Fetches the part that is shown once more; what is on the screen stays until it is there. Does nothing when the list has been
    /// removed: who asks may have waited for something else meanwhile.
    /// </summary>
    public async Task ReloadAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _loading.Cancel();
        _loading.Dispose();
        _loading = new CancellationTokenSource();
        CancellationToken cancellation = _loading.Token;
        _isLoading = true;
        StateHasChanged();
        try
        {
            Page<TItem> page = await Load(new KeysetRequest(After, Limit, Sort), cancellation);
            if (cancellation.IsCancellationRequested)
            {
                return;
            }

            _page = page;
            _failure = null;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return;
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
        }
        catch (Exception exception)
        {
            Logger.ListFailed(Name, exception);
            _failure = T["Grid.Failed"];
        }

        _isLoading = false;
        StateHasChanged();
    }

    /// <summary>Nothing is chosen any more.</summary>
    public void ClearSelection()
    {
        _selected.Clear();
        StateHasChanged();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _loading.Cancel();
        _loading.Dispose();
    }

    internal void Add(GridColumn<TItem> column)
    {
        _columns.Add(column);
        StateHasChanged(); // rows that were there at once have been drawn without it
    }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        (string?, string?, int, string?) asked = (Filter, After, Limit, Sort);
        if (_shown == asked)
        {
            return;
        }

        if (_shown is { } before && (before.Filter != Filter || before.Limit != Limit || before.Sort != Sort))
        {
            _before.Clear();
            _selected.Clear();
        }

        _shown = asked;
        await ReloadAsync();
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender && await Browser.RecallAsync(RememberedName) is { Length: > 0 } toggled)
        {
            _toggled.UnionWith(toggled.Split(','));
            StateHasChanged();
        }
    }

    private string RememberedName => $"columns.{Name}";

    private bool IsShown(GridColumn<TItem> column) => column.IsFixed || column.IsOptional == _toggled.Contains(column.Name);

    private async Task ToggleAsync(GridColumn<TItem> column)
    {
        if (!_toggled.Remove(column.Name))
        {
            _toggled.Add(column.Name);
        }

        await Browser.RememberAsync(RememberedName, _toggled.Count == 0 ? null : string.Join(',', _toggled));
    }

    private void Select(TItem item, ChangeEventArgs change)
    {
        if (change.Value is true)
        {
            _selected[Key(item)] = item;
        }
        else
        {
            _selected.Remove(Key(item));
        }
    }

    private void SelectAll(ChangeEventArgs change)
    {
        foreach (TItem item in Items)
        {
            Select(item, change);
        }
    }

    private void Forth()
    {
        if (_page?.Next is { } next)
        {
            _before.Push(After ?? "");
            Go(next);
        }
    }

    private void Back()
    {
        if (_before.TryPop(out string? before))
        {
            Go(before.Length == 0 ? null : before);
        }
    }

    private void Go(string? after)
    {
        if (after is null)
        {
            _before.Clear();
        }

        Addresses.NavigateTo(Addresses.GetUriWithQueryParameter(KeysetQuery.After, after));
    }

    private GridColumn<TItem>? Sorted => _columns.FirstOrDefault(column => column.Sort is not null && column.Sort == Sort?.TrimStart('-'));

    private string? SortNote => Sorted?.SortNote;

    private string? DirectionOf(GridColumn<TItem> column) =>
        column.Sort is null ? null
        : column == Sorted ? (Sort![0] == '-' ? "descending" : "ascending")
        : Sorted is null && column.IsSortedByDefault ? "ascending"
        : "none";

    // Of numbers one wants to see the largest first.
    private void SortBy(GridColumn<TItem> column)
    {
        bool isDescending = DirectionOf(column) switch { "ascending" => true, "descending" => false, _ => column.IsNumeric };
        Addresses.NavigateTo(Addresses.GetUriWithQueryParameters(new Dictionary<string, object?>
        {
            [KeysetQuery.Sort] = isDescending ? "-" + column.Sort : column.IsSortedByDefault ? null : column.Sort,
            [KeysetQuery.After] = null,
        }));
    }

    private void SetSize(ChangeEventArgs change) =>
        Addresses.NavigateTo(Addresses.GetUriWithQueryParameters(new Dictionary<string, object?>
        {
            [KeysetQuery.Size] = int.TryParse(change.Value as string, CultureInfo.InvariantCulture, out int size) ? size : null,
            [KeysetQuery.After] = null,
        }));
}
