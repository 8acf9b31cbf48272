using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using MudBlazor;
using SkyTree.AspNetCore.Portal.Shared;

namespace SkyTree.AspNetCore.Portal.Layout;

/// <summary>The bar, the drawer, and the page in between.</summary>
public sealed partial class MainLayout
{
    private static readonly (string Choice, string Icon)[] s_choices =
    [
        ("light", Icons.Material.Outlined.LightMode),
        ("dark", Icons.Material.Outlined.DarkMode),
        ("system", Icons.Material.Outlined.Contrast),
    ];

    private DotNetObjectReference<MainLayout>? _self;
    private IJSObjectReference? _watch;
    private ErrorBoundary? _boundary;
    private ElementReference _content;
    private ThemeState _theme = new("system", false);
    private bool _isDrawerOpen = true;

    [Inject]
    private Browser Browser { get; set; } = default!;

    [Inject]
    private NavigationManager Addresses { get; set; } = default!;

    [CascadingParameter]
    private StartTheme? Start { get; set; }

    private string ThemeIcon => s_choices.First(choice => choice.Choice == _theme.Choice).Icon;

    // The base address is the site's root, so a bare "#content" would lead there.
    private string SkipAddress => Addresses.Uri.Split('#')[0] + "#content";

    /// <summary>The browser tells that it has turned dark or light.</summary>
    /// <param name="isDark">Whether it is dark now.</param>
    [JSInvokable]
    public Task OnThemeChanged(bool isDark) => InvokeAsync(() =>
    {
        if (_theme.Dark != isDark)
        {
            _theme = _theme with { Dark = isDark };
            StateHasChanged();
        }
    });

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        _theme = _theme with { Dark = Start?.IsDark ?? false };
        Addresses.LocationChanged += OnLocationChanged;
    }

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender)
        {
            _self = DotNetObjectReference.Create(this);
            ThemeState? state = await Browser.AskAsync<ThemeState?>("theme");
            _watch = await Browser.AskAsync<IJSObjectReference?>("watchTheme", _self);
            if (state is not null && state != _theme)
            {
                _theme = state;
                StateHasChanged();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Addresses.LocationChanged -= OnLocationChanged;
        try
        {
            if (_watch is not null)
            {
                await _watch.InvokeVoidAsync("stop");
                await _watch.DisposeAsync();
            }
        }
        catch (Exception exception) when (Browser.HasGone(exception))
        {
            // It went with its page.
        }

        _self?.Dispose();
    }

    // The framework follows a link within the page by scrolling alone.
    private async Task SkipAsync() => await _content.FocusAsync();

    private async Task ChooseAsync(string choice) => _theme = await Browser.AskAsync<ThemeState?>("chooseTheme", choice) ?? _theme;

    // A page that failed does not keep the others from being shown.
    private void OnLocationChanged(object? sender, LocationChangedEventArgs change) => _ = InvokeAsync(() => _boundary?.Recover());
}
