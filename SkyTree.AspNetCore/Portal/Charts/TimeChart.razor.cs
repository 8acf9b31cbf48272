using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using SkyTree.AspNetCore.Portal.Shared;

namespace SkyTree.AspNetCore.Portal.Charts;

/// <summary>
/// Lines over time, drawn by uPlot in <c>js/chart.js</c>, or the same values as a table. The browser is sent only what it has
/// not been sent. Where no value was taken for a while, a line is broken.
/// </summary>
public sealed partial class TimeChart : IAsyncDisposable
{
    private readonly ChartFeed _feed = new();
    private ElementReference _host;
    private IJSObjectReference? _module;
    private IJSObjectReference? _chart;
    private bool _isTable;
    private bool _isStale;
    private bool _isSending;
    private bool _isDisposed;

    /// <summary>What it shows.</summary>
    [Parameter, EditorRequired]
    public required string Title { get; set; }

    /// <summary>The same in a sentence, for those who do not see it.</summary>
    [Parameter, EditorRequired]
    public required string Label { get; set; }

    /// <summary>The moments of the values, oldest first.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<DateTimeOffset> Times { get; set; }

    /// <summary>One or two lines, and one that counts what should not be. Which there are does not change.</summary>
    [Parameter, EditorRequired]
    public required IReadOnlyList<ChartLine> Lines { get; set; }

    /// <summary>What the values are.</summary>
    [Parameter]
    public ChartUnit Unit { get; set; }

    /// <summary>The time at its left edge.</summary>
    [Parameter, EditorRequired]
    public required DateTimeOffset From { get; set; }

    /// <summary>The time at its right edge.</summary>
    [Parameter, EditorRequired]
    public required DateTimeOffset To { get; set; }

    /// <summary>From one value to the next.</summary>
    [Parameter, EditorRequired]
    public required TimeSpan Step { get; set; }

    [Inject]
    private IJSRuntime Scripts { get; set; } = default!;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        try
        {
            if (_chart is not null)
            {
                await _chart.InvokeVoidAsync("dispose");
                await _chart.DisposeAsync();
            }

            if (_module is not null)
            {
                await _module.DisposeAsync();
            }
        }
        catch (Exception exception) when (exception is JSDisconnectedException or OperationCanceledException)
        {
            // It went with its page.
        }
    }

    /// <inheritdoc/>
    protected override void OnParametersSet() => _isStale = true;

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_isSending)
        {
            return; // a slow browser is sent what came meanwhile in one piece
        }

        _isSending = true;
        try
        {
            _chart ??= await DrawAsync();
            while (_isStale && !_isDisposed)
            {
                _isStale = false;
                await _chart.InvokeVoidAsync("show", _feed.Next(From, To, Step, Times, Lines));
            }
        }
        catch (Exception exception) when (exception is JSDisconnectedException or OperationCanceledException or ObjectDisposedException)
        {
            // The page has gone.
        }
        finally
        {
            _isSending = false;
        }
    }

    private static string ColorOf(ChartLine line, int index) => line.IsBad ? "--st-series-bad" : $"--st-series-{index + 1}";

    private async Task<IJSObjectReference> DrawAsync()
    {
        _module = await Scripts.InvokeAsync<IJSObjectReference>("import", "./_content/SkyTree.AspNetCore/js/chart.js");
        return await _module.InvokeAsync<IJSObjectReference>(
            "create", _host, Unit.ToString(), Lines.Select((line, index) => new { line.Name, line.IsBad, Color = ColorOf(line, index) }));
    }

    private string Text(double value) => Unit switch
    {
        ChartUnit.Rate => Format.Rate(value),
        ChartUnit.Bytes => Format.Bytes(value),
        ChartUnit.ByteRate => Format.Bytes(value) + "/s",
        _ => Format.Compact(value),
    };
}
