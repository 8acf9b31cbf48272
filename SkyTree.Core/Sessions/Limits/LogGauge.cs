using SkyTree.Core.Messages;

namespace SkyTree.Core.Sessions.Limits;

/// <summary>
/// Counts the log's messages of some topics from an offset on, each once, and answers how many lie between two offsets.
/// It keeps samples, not messages: between two samples it reads the log again. The limiter's.
/// </summary>
/// <remarks>
/// It is only ever asked about offsets above the reader's position: below it, messages may have been deleted and ended
/// subscriptions forgotten, so counting there again could come to another result.
/// </remarks>
/// <param name="store">The log.</param>
/// <param name="topics">The topics that it counts.</param>
/// <param name="wants">Which of their messages; null: all. Must answer the same whenever it is asked.</param>
/// <param name="start">Counts from after this offset on.</param>
internal sealed class LogGauge(MessageStore store, Func<string, bool> topics, Func<StoredMessage, bool>? wants, long start)
{
    private const int PageSize = 1024;
    private const int MaximumSamples = 1024;

    private readonly List<Sample> _samples = [new(start, default)];
    private QueueUsage _total;
    private (long After, long Offset) _first = (long.MaxValue, 0); // the last answer of FindFirstAsync

    /// <summary>It can be asked about offsets from here on.</summary>
    public long Start => _samples[0].Offset;

    /// <summary>It has counted up to here.</summary>
    public long End { get; private set; } = start;

    /// <summary>The step in which it was last asked.</summary>
    public long UsedInStep { get; set; }

    /// <summary>Counts on.</summary>
    /// <param name="last">Up to this offset at least; all messages up to there are in the log.</param>
    /// <param name="budget">Ends it early.</param>
    /// <returns>Whether it has come so far.</returns>
    public async ValueTask<bool> ScanAsync(long last, WorkBudget budget)
    {
        while (End < last)
        {
            if (budget.IsSpent)
            {
                return false;
            }

            LogPage page = await store.ReadLogAsync(End, topics, PageSize).ConfigureAwait(false);
            long stride = Math.Max(1, (_total - _samples[0].Usage).Messages * 2 / MaximumSamples);
            foreach (StoredMessage message in page.Messages)
            {
                if (wants is null || wants(message))
                {
                    _total += QueueUsage.Of(message);
                    if (_total.Messages - _samples[^1].Usage.Messages >= stride)
                    {
                        Insert(_samples.Count, new Sample(message.Offset, _total));
                    }
                }
            }

            End = page.Next == End ? last : page.Next;
        }

        return true;
    }

    /// <summary>What lies between two offsets, the first from the start on.</summary>
    public async ValueTask<QueueUsage> BetweenAsync(long from, long to) =>
        to <= from ? default : await UpToAsync(to).ConfigureAwait(false) - await UpToAsync(from).ConfigureAwait(false);

    /// <summary>The lowest offset up to which there is at least so much.</summary>
    /// <param name="from">Counted from after this offset on.</param>
    /// <param name="to">There is so much up to here.</param>
    /// <param name="wanted">How much.</param>
    public async ValueTask<long> FindPrefixAsync(long from, long to, QueueUsage wanted)
    {
        var lower = new Sample(from, await UpToAsync(from).ConfigureAwait(false));
        QueueUsage target = lower.Usage + wanted;
        int at = First(sample => sample.Offset > from && sample.Usage.Covers(target));
        Sample upper = at < _samples.Count ? _samples[at] : new Sample(End, _total);
        if (at > 0 && _samples[at - 1].Offset > from)
        {
            lower = _samples[at - 1];
        }

        if (upper.Usage.Messages - lower.Usage.Messages <= 1)
        {
            return Math.Min(upper.Offset, to);
        }

        Sample before = lower;
        Sample found = lower;
        await ReadAsync(lower.Offset, Math.Min(upper.Offset, to), message =>
        {
            before = found;
            found = new Sample(message.Offset, found.Usage + QueueUsage.Of(message));
            return !found.Usage.Covers(target);
        }).ConfigureAwait(false);
        Keep(before);
        Keep(found);
        return found.Offset;
    }

    /// <summary>The highest offset above which there is at least so much.</summary>
    /// <param name="from">There is so much from after this offset on.</param>
    /// <param name="to">Counted up to here.</param>
    /// <param name="wanted">How much.</param>
    public async ValueTask<long> FindSuffixAsync(long from, long to, QueueUsage wanted)
    {
        var lower = new Sample(from, await UpToAsync(from).ConfigureAwait(false));
        var upper = new Sample(to, await UpToAsync(to).ConfigureAwait(false));
        QueueUsage target = upper.Usage - wanted;
        int at = First(sample => sample.Offset > to || !target.Covers(sample.Usage));
        if (at > 0 && _samples[at - 1].Offset > from)
        {
            lower = _samples[at - 1];
        }

        at = Math.Max(at, First(sample => sample.Offset > from));
        if (at < _samples.Count && _samples[at].Offset < to)
        {
            upper = _samples[at];
        }

        if (upper.Usage.Messages - lower.Usage.Messages <= 1)
        {
            return lower.Offset;
        }

        Sample found = lower;
        Sample beyond = lower;
        await ReadAsync(lower.Offset, upper.Offset, message =>
        {
            found = beyond;
            beyond = new Sample(message.Offset, found.Usage + QueueUsage.Of(message));
            return target.Covers(beyond.Usage);
        }).ConfigureAwait(false);
        Keep(found);
        Keep(beyond);
        return found.Offset;
    }

    /// <summary>The first message after an offset; null: there is none up to <see cref="End"/>.</summary>
    public async ValueTask<long?> FindFirstAsync(long from)
    {
        if (from < _first.After || from >= _first.Offset)
        {
            long? first = null;
            await ReadAsync(from, End, message =>
            {
                first = message.Offset;
                return false;
            }).ConfigureAwait(false);
            if (first is not { } offset)
            {
                return null;
            }

            _first = (from, offset);
        }

        return _first.Offset;
    }

    /// <summary>It is not asked about lower offsets any more, or is made anew.</summary>
    public void Forget(long below)
    {
        int last = First(sample => sample.Offset > below) - 1;
        if (last > 0)
        {
            _samples.RemoveRange(0, last);
        }
    }

    private async ValueTask<QueueUsage> UpToAsync(long offset)
    {
        if (offset >= End)
        {
            return _total;
        }

        int at = FirstFrom(offset);
        Sample upper = at < _samples.Count ? _samples[at] : new Sample(End, _total);
        if (upper.Offset == offset || at == 0 || _samples[at - 1].Usage == upper.Usage)
        {
            return upper.Usage;
        }

        QueueUsage above = default;
        await ReadAsync(offset, upper.Offset, message =>
        {
            above += QueueUsage.Of(message);
            return true;
        }).ConfigureAwait(false);
        var sample = new Sample(offset, upper.Usage - above);
        Keep(sample);
        return sample.Usage;
    }

    private async ValueTask ReadAsync(long after, long to, Func<StoredMessage, bool> visit)
    {
        while (after < to)
        {
            LogPage page = await store.ReadLogAsync(after, topics, PageSize).ConfigureAwait(false);
            foreach (StoredMessage message in page.Messages)
            {
                if (message.Offset > to || ((wants is null || wants(message)) && !visit(message)))
                {
                    return;
                }
            }

            if (page.Next == after)
            {
                return;
            }

            after = page.Next;
        }
    }

    private void Keep(Sample sample)
    {
        int at = FirstFrom(sample.Offset);
        if (sample.Offset < End && (at == _samples.Count || _samples[at].Offset != sample.Offset))
        {
            Insert(at, sample);
        }
    }

    private void Insert(int at, Sample sample)
    {
        _samples.Insert(at, sample);
        if (_samples.Count > MaximumSamples)
        {
            int index = 0;
            _samples.RemoveAll(_ => index++ % 2 == 1);
        }
    }

    private int FirstFrom(long offset) => First(sample => sample.Offset >= offset);

    // The first sample for which something holds that holds for all after it, too.
    private int First(Predicate<Sample> holds)
    {
        int low = 0;
        int high = _samples.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (!holds(_samples[middle]))
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>What there is up to an offset.</summary>
    private readonly record struct Sample(long Offset, QueueUsage Usage);
}
