using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Shared;

namespace SkyTree.AspNetCore.Portal.Sessions;

/// <summary>The named views of a page.</summary>
public sealed partial class SavedViews
{
    private IReadOnlyList<SavedView> _views = [];

    /// <summary>The page's name, for what the browser keeps.</summary>
    [Parameter, EditorRequired]
    public required string Name { get; set; }

    /// <summary>The names of its filters in the address.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<string> Parameters { get; set; }

    [Inject]
    private Browser Browser { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    private string Current => SavedView.QueryOf(Addresses.Uri, Parameters);

    private string RememberedName => $"views.{Name}";

    /// <inheritdoc/>
    protected override void OnInitialized() => Addresses.LocationChanged += OnLocationChanged;

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _views = SavedView.Read(await Browser.RecallAsync(RememberedName));
            StateHasChanged();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Addresses.LocationChanged -= OnLocationChanged;
        base.Dispose(disposing);
    }

    private void OnLocationChanged(object? sender, LocationChangedEventArgs change) => InvokeAsync(StateHasChanged);

    private void Open(SavedView view) => Addresses.NavigateTo($"{new Uri(Addresses.Uri).AbsolutePath}?{view.Query}");

    private async Task SaveAsync()
    {
        string query = Current;
        IDialogReference dialog = await Dialogs.ShowAsync<ViewNameDialog>(S["SaveView"], new DialogOptions { MaxWidth = MaxWidth.ExtraSmall, FullWidth = true });
        if (await dialog.Result is { Canceled: false, Data: string name })
        {
            await KeepAsync(SavedView.Add(_views, new SavedView(name, query)));
        }
    }

    private Task RemoveAsync(SavedView view) => KeepAsync([.. _views.Where(other => other != view)]);

    private async Task KeepAsync(IReadOnlyList<SavedView> views)
    {
        _views = views;
        await Browser.RememberAsync(RememberedName, SavedView.Write(views));
    }
}
