namespace SkyTree.Core.Sessions.Limits;

/// <summary>What of the log waits for a session: what its gauge counts above its position, less what it was refused there.</summary>
internal sealed class WaitingMessages
{
    private readonly LogGauge _gauge;
    private readonly DroppedOffsets _refused;
    private readonly long _start; // not within a range of what was refused

    /// <summary>Begins.</summary>
    /// <param name="gauge">Counts the session's messages.</param>
    /// <param name="refused">What the session was refused.</param>
    /// <param name="from">The session has read up to here, or gets nothing before.</param>
    public WaitingMessages(LogGauge gauge, DroppedOffsets refused, long from)
    {
        _gauge = gauge;
        _refused = refused;
        _start = Math.Max(gauge.Start, refused.Pass(from));
    }

    /// <summary>It is known up to this offset.</summary>
    public long End => Math.Max(_gauge.End, _start);

    /// <summary>All that waits.</summary>
    public ValueTask<QueueUsage> MeasureAsync() => BetweenAsync(_start, _refused.Pass(End));

    /// <summary>The offset of the first message that waits, or null.</summary>
    public async ValueTask<long?> FindFirstAsync()
    {
        long after = _start;
        while (await _gauge.FindFirstAsync(after).ConfigureAwait(false) is { } first)
        {
            if (!_refused.Contains(first))
            {
                return first;
            }

            after = _refused.Pass(first - 1);
        }

        return null;
    }

    /// <summary>Everything up to an offset.</summary>
    /// <param name="position">The session's position, with which the range begins.</param>
    /// <param name="offset">The offset.</param>
    public async ValueTask<DroppedRange> UpToAsync(long position, long offset)
    {
        long to = _refused.Pass(Math.Min(offset, End));
        return new DroppedRange(Math.Min(position, _start), to, await BetweenAsync(_start, to).ConfigureAwait(false));
    }

    /// <summary>The oldest messages: so few that they make up what is wanted, all if there is not so much.</summary>
    /// <param name="position">The session's position, with which the range begins.</param>
    /// <param name="wanted">How much.</param>
    public async ValueTask<DroppedRange> OldestAsync(long position, QueueUsage wanted)
    {
        long from = _start;
        foreach (DroppedRange refused in _refused.Ranges.ToArray())
        {
            if (refused.From < from)
            {
                continue;
            }

            QueueUsage between = await _gauge.BetweenAsync(from, refused.From).ConfigureAwait(false);
            if (between.Covers(wanted))
            {
                return await UpToAsync(position, await _gauge.FindPrefixAsync(from, refused.From, wanted).ConfigureAwait(false)).ConfigureAwait(false);
            }

            wanted = wanted.Without(between);
            from = refused.To;
        }

        QueueUsage rest = await _gauge.BetweenAsync(from, End).ConfigureAwait(false);
        long to = rest.Covers(wanted) ? await _gauge.FindPrefixAsync(from, End, wanted).ConfigureAwait(false) : End;
        return await UpToAsync(position, to).ConfigureAwait(false);
    }

    /// <summary>The newest messages: so few that they make up what is wanted, all if there is not so much.</summary>
    /// <param name="wanted">How much.</param>
    public async ValueTask<DroppedRange> NewestAsync(QueueUsage wanted)
    {
        long end = _refused.Pass(End);
        long to = end;
        DroppedRange[] ranges = _refused.Ranges.ToArray();
        for (int i = ranges.Length - 1; i >= 0 && ranges[i].From >= _start; i--)
        {
            QueueUsage between = await _gauge.BetweenAsync(ranges[i].To, to).ConfigureAwait(false);
            if (between.Covers(wanted))
            {
                return await FromAsync(await _gauge.FindSuffixAsync(ranges[i].To, to, wanted).ConfigureAwait(false), end).ConfigureAwait(false);
            }

            wanted = wanted.Without(between);
            to = ranges[i].From;
        }

        QueueUsage rest = await _gauge.BetweenAsync(_start, to).ConfigureAwait(false);
        long from = rest.Covers(wanted) ? await _gauge.FindSuffixAsync(_start, to, wanted).ConfigureAwait(false) : _start;
        return await FromAsync(from, end).ConfigureAwait(false);
    }

    private async ValueTask<DroppedRange> FromAsync(long from, long end) =>
        new(from, end, await BetweenAsync(from, end).ConfigureAwait(false));

    private async ValueTask<QueueUsage> BetweenAsync(long from, long to) =>
        await _gauge.BetweenAsync(from, to).ConfigureAwait(false) - _refused.Between(from, to);
}
