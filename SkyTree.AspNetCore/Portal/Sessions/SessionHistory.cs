using SkyTree.Core.Admin.Sessions;

namespace SkyTree.AspNetCore.Portal.Sessions;

/// <summary>What a connection has carried while its page is open, as rates.</summary>
public sealed class SessionHistory
{
    private const int Remembered = 90;

    private readonly Queue<Point> _points = new();
    private (DateTimeOffset At, SessionConnection Live)? _last;

    /// <summary>From one point to the next.</summary>
    public static TimeSpan Step { get; } = TimeSpan.FromSeconds(2);

    /// <summary>How long points are remembered.</summary>
    public static TimeSpan Length { get; } = Step * Remembered;

    /// <summary>The points, oldest first.</summary>
    public IReadOnlyList<Point> Points => [.. _points];

    /// <summary>Takes what is known now; a new connection begins at its own front.</summary>
    /// <param name="live">The connection; null: there is none.</param>
    /// <param name="now">The present.</param>
    public void Add(SessionConnection? live, DateTimeOffset now)
    {
        if (live is null)
        {
            _last = null;
            return;
        }

        if (_last is { } last && last.Live.ConnectedAt == live.ConnectedAt && (now - last.At).TotalSeconds is > 0.5 and var seconds)
        {
            _points.Enqueue(new Point(
                now,
                Math.Max(0, live.Received.Messages - last.Live.Received.Messages) / seconds,
                Math.Max(0, live.Sent.Messages - last.Live.Sent.Messages) / seconds,
                Math.Max(0, live.Received.Bytes - last.Live.Received.Bytes) / seconds,
                Math.Max(0, live.Sent.Bytes - last.Live.Sent.Bytes) / seconds,
                live.Inflight,
                live.Waiting));
            while (_points.Count > Remembered)
            {
                _points.Dequeue();
            }
        }
        else if (_last is { } same && same.Live.ConnectedAt == live.ConnectedAt)
        {
            return; // too soon for a rate
        }

        _last = (now, live);
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _points.Clear();
        _last = null;
    }

    /// <summary>Rates of a moment.</summary>
    /// <param name="At">When.</param>
    /// <param name="ReceivedMessages">Messages that came, each second.</param>
    /// <param name="SentMessages">Messages that were sent, each second.</param>
    /// <param name="ReceivedBytes">Bytes that came, each second.</param>
    /// <param name="SentBytes">Bytes that were sent, each second.</param>
    /// <param name="Inflight">Messages in flight.</param>
    /// <param name="Waiting">Messages that waited in memory.</param>
    public sealed record Point(DateTimeOffset At, double ReceivedMessages, double SentMessages, double ReceivedBytes, double SentBytes, int Inflight, int Waiting);
}
