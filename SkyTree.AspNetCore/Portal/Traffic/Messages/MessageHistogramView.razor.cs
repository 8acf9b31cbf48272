using Microsoft.AspNetCore.Components;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Messages;

namespace SkyTree.AspNetCore.Portal.Traffic.Messages;

/// <summary>How many messages were stored over time; a bar leads to its messages.</summary>
public sealed partial class MessageHistogramView
{
    private const int Bars = 60;
    private const int BeatsUntilStale = 10;

    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(Bars);

    private MessageHistogram? _histogram;
    private (string?, DateTimeOffset?, DateTimeOffset?, string?)? _shown;
    private CancellationTokenSource? _loading;
    private string _text = "";
    private string? _failure;
    private bool _isLoading;

    [Inject]
    private TimeProvider Time { get; set; } = default!;

    /// <summary>Messages whose topics match this; null or empty: all.</summary>
    [Parameter]
    public string? Filter { get; set; }

    /// <summary>The beginning; null: as long before the end as <see cref="Span"/> says.</summary>
    [Parameter]
    public DateTimeOffset? From { get; set; }

    /// <summary>The end; null: now.</summary>
    [Parameter]
    public DateTimeOffset? To { get; set; }

    /// <summary>How far it looks back, by its name; null: an hour.</summary>
    [Parameter]
    public string? Span { get; set; }

    /// <summary>Is told how far it is to look back.</summary>
    [Parameter]
    public EventCallback<string?> OnSpan { get; set; }

    /// <summary>Is told which time was chosen; null: all of it.</summary>
    [Parameter]
    public EventCallback<(DateTimeOffset From, DateTimeOffset To)?> OnRange { get; set; }

    private bool IsRange => From is not null || To is not null;

    /// <inheritdoc/>
    protected override void OnInitialized() => OnPulse(_ => To is null && !_isLoading ? LoadAsync() : Task.CompletedTask, every: BeatsUntilStale);

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync()
    {
        if (_shown != (Filter, From, To, Span))
        {
            _shown = (Filter, From, To, Span);
            await LoadAsync();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _loading?.Cancel();
        _loading?.Dispose();
        _loading = null;
        base.Dispose(disposing);
    }

    private async Task LoadAsync()
    {
        if (_loading is { } before)
        {
            before.Cancel();
            before.Dispose();
        }

        _loading = new CancellationTokenSource();
        CancellationToken cancellationToken = _loading.Token;
        _isLoading = true;
        try
        {
            DateTimeOffset to = To ?? Time.GetUtcNow();
            DateTimeOffset from = From ?? to - HistogramSpan.Of(Span);
            MessageHistogram histogram = await Broker.Admin.Messages.CountOverTimeAsync(Caller, Filter, from, to, Bars, cancellationToken);
            _histogram = histogram;
            long total = histogram.Messages.Sum();
            _text = histogram.IsComplete
                ? L["Histogram.Total", Format.Number(total), Format.Bytes(histogram.Bytes.Sum())]
                : L["Histogram.Part", Format.Number(total), histogram.CountedUntil is { } until ? Format.Time(until) : "–"];
            _failure = null;
            _isLoading = false;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Another one is being fetched, or the page is gone.
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
            _isLoading = false;
        }
    }

    private static (DateTimeOffset From, DateTimeOffset To) RangeOf(MessageHistogram histogram, int bar)
    {
        TimeSpan width = (histogram.To - histogram.From) / histogram.Messages.Count;
        return (histogram.From + (bar * width), histogram.From + ((bar + 1) * width));
    }

    private string TitleOf(MessageHistogram histogram, int bar)
    {
        (DateTimeOffset from, DateTimeOffset to) = RangeOf(histogram, bar);
        return L["Histogram.Bar", Format.Time(from), Format.Duration(to - from), Format.Number(histogram.Messages[bar]), Format.Bytes(histogram.Bytes[bar])];
    }

    private Task ZoomInAsync(MessageHistogram histogram, int bar)
    {
        (DateTimeOffset from, DateTimeOffset to) = RangeOf(histogram, bar);
        return to - from < s_shortest ? Task.CompletedTask : OnRange.InvokeAsync((from, to));
    }

    private Task ZoomOutAsync()
    {
        DateTimeOffset now = Time.GetUtcNow();
        DateTimeOffset to = To ?? now;
        DateTimeOffset from = From ?? to - HistogramSpan.Of(Span);
        TimeSpan margin = (to - from) * 2;
        return OnRange.InvokeAsync((from - margin, to + margin > now ? now : to + margin));
    }
}
