using SkyTree.Core.Messages;

namespace SkyTree.Core.Diagnostics;

/// <summary>
/// Counts what the store holds, a page of topics at a time so that a store with very many of them is not held up. The
/// housekeeping's; read by all.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="time">The clock.</param>
internal sealed class StoreCensus(MessageStore store, TimeProvider time)
{
    private const int PageSize = 1000;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10); // between two rounds

    private volatile Totals _totals = new(0, 0, 0); // swapped whole
    private Totals _counted = new(0, 0, 0); // in this round
    private string? _after;
    private long? _endedAt;
    private Task _page = Task.CompletedTask;

    /// <summary>As of the last complete round.</summary>
    public Totals Now => _totals;

    /// <summary>Goes on if it is time; does not wait for the store.</summary>
    public void Continue()
    {
        if (_page.IsCompleted && (_endedAt is not { } at || time.GetElapsedTime(at) >= s_pause))
        {
            _page = CountPageAsync();
        }
    }

    private async Task CountPageAsync()
    {
        try
        {
            IReadOnlyList<TopicSummary> page = await store.ListTopicsAsync(null, _after, PageSize).ConfigureAwait(false);
            foreach (TopicSummary topic in page)
            {
                _counted = new Totals(_counted.Topics + 1, _counted.Messages + topic.Count, _counted.Bytes + topic.Bytes);
            }

            _after = page.Count > 0 ? page[^1].Topic : null;
            _endedAt = null;
            if (page.Count < PageSize)
            {
                _totals = _counted;
                Restart();
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Restart(); // the store is away; who reads from it says so in the log
        }
    }

    private void Restart()
    {
        _counted = new Totals(0, 0, 0);
        _after = null;
        _endedAt = time.GetTimestamp();
    }

    /// <summary>What the store holds.</summary>
    /// <param name="Topics">Topics with messages.</param>
    /// <param name="Messages">Messages.</param>
    /// <param name="Bytes">Their bytes of payload and properties.</param>
    internal sealed record Totals(long Topics, long Messages, long Bytes);
}
