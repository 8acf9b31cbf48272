using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Diagnostics;

/// <summary>Somebody who watches events.</summary>
/// <param name="kinds">Which kinds; null: all but messages.</param>
/// <param name="clientId">Only those about a client; null: about anybody.</param>
/// <param name="topicFilter">Messages whose topics match, too; null: none.</param>
internal sealed class EventReader(IReadOnlySet<EventKind>? kinds, string? clientId, string? topicFilter) : IDisposable
{
    /// <summary>So many events wait for a reader; more are lost.</summary>
    public const int Waiting = 1024;

    private readonly Channel<FeedEvent> _events = Channel.CreateBounded<FeedEvent>(
        new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
    private volatile bool _lost; // then nothing more is taken until the reader was told
    private volatile bool _lostBefore; // something before all that it gets

    public bool WantsMessages => topicFilter is not null;

    /// <summary>Set by the feed.</summary>
    public Action<EventReader>? OnDispose { get; set; }

    public bool WantsTopic(string topic) => topicFilter is { } filter && TopicFilter.Matches(filter, topic);

    /// <summary>Gives it an event, if it wants that and has room.</summary>
    public void Offer(FeedEvent happened)
    {
        bool wants = happened.Kind == EventKind.Message || kinds is null || kinds.Contains(happened.Kind);
        if (wants && (clientId is null || happened.Subject == clientId) && (_lost || !_events.Writer.TryWrite(happened)))
        {
            _lost = true;
        }
    }

    /// <summary>It has missed something before all that it gets.</summary>
    public void Lose() => _lostBefore = true;

    /// <summary>Events as they come, with a gap wherever some are missing.</summary>
    public async IAsyncEnumerable<FeedEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long last = 0;
        while (true)
        {
            if (_lostBefore || (_lost && _events.Reader.Count == 0))
            {
                _lost = _lost && _lostBefore;
                _lostBefore = false;
                yield return new FeedEvent(last, 0, EventKind.Gap, "", "events are missing here");
            }

            FeedEvent happened = await _events.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            last = happened.Id;
            yield return happened;
        }
    }

    public void Dispose()
    {
        OnDispose?.Invoke(this);
        _events.Writer.TryComplete();
    }
}
