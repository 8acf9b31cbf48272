using Microsoft.AspNetCore.Components;
using SkyTree.AspNetCore.Portal.Hosting;
using SkyTree.AspNetCore.Portal.Live;
using SkyTree.AspNetCore.Portal.Shared;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Events;
using SkyTree.Core.Diagnostics;

namespace SkyTree.AspNetCore.Portal.Traffic.Messages;

/// <summary>Messages as they are published on this node.</summary>
public sealed partial class LiveMessages
{
    private IReadOnlyList<Crumb> _crumbs = [];
    private IReadOnlyList<TailedMessage> _messages = [];
    private MessageTail _tail = new();
    private CancellationTokenSource? _reading;
    private TailedMessage? _chosen;
    private string? _shown;
    private string? _failure;
    private bool _isPaused;
    private long _seen;
    private long _gaps;
    private double _rate;

    [Inject]
    private NodeIdentity Node { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "filter")]
    private string? Filter { get; set; }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        _crumbs = [new Crumb(L["Messages.Title"], "messages")];
        OnPulse(_ =>
        {
            if (!_isPaused)
            {
                Show();
            }

            return Task.CompletedTask;
        });
    }

    /// <inheritdoc/>
    protected override void OnParametersSet()
    {
        if (_shown == Filter)
        {
            return;
        }

        _shown = Filter;
        Stop();
        (_messages, _chosen, _failure, _seen, _gaps, _rate) = ([], null, null, 0, 0, 0);
        _tail = new MessageTail();
        if (string.IsNullOrEmpty(Filter))
        {
            return;
        }

        _reading = new CancellationTokenSource();
        try
        {
            var query = new EventQuery { Kinds = [EventKind.Gap], MessageFilter = Filter };
            _ = ReadAsync(Broker.Admin.Events.ReadAsync(Caller, query, null, _reading.Token), _tail);
        }
        catch (AdminException exception)
        {
            _failure = exception.Message;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Stop();
        base.Dispose(disposing);
    }

    private static async Task ReadAsync(IAsyncEnumerable<BrokerEvent> events, MessageTail tail)
    {
        try
        {
            await foreach (BrokerEvent happened in events.ConfigureAwait(false))
            {
                tail.Add(happened);
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody looks any more.
        }
    }

    private void Stop()
    {
        _reading?.Cancel();
        _reading?.Dispose();
        _reading = null;
    }

    private void Show()
    {
        long before = _seen;
        if (_tail.TryTake(out IReadOnlyList<TailedMessage> messages, out long seen, out long gaps))
        {
            (_messages, _gaps) = (messages, gaps);
        }

        _seen = seen;
        _rate = seen - before; // a beat is a second
    }

    private void Clear()
    {
        _tail.Clear();
        _chosen = null;
        Show();
    }
}
