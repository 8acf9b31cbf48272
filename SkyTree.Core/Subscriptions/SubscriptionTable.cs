namespace SkyTree.Core.Subscriptions;

/// <summary>One session's subscriptions by filter: small while they are few, which most are. Guarded by its owner.</summary>
internal sealed class SubscriptionTable
{
    private const int LargestList = 8;

    private Subscription[] _list = []; // used while _byFilter is null
    private Dictionary<string, Subscription>? _byFilter;
    private List<Subscription>? _ended; // of a durable session: replaced or removed, with messages still to be read

    public int Count => _byFilter?.Count ?? _list.Length;

    public bool HasEnded => _ended is not null;

    public Subscription? Find(string filter) =>
        _byFilter is not null
            ? _byFilter.GetValueOrDefault(filter)
            : Array.Find(_list, s => s.Filter.Text == filter);

    public Subscription? Set(Subscription subscription, bool keepEnded, long lastOffset)
    {
        Subscription? replaced = Find(subscription.Filter.Text);
        End(replaced, keepEnded, lastOffset);
        if (_byFilter is not null)
        {
            _byFilter[subscription.Filter.Text] = subscription;
        }
        else if (replaced is not null)
        {
            _list[Array.IndexOf(_list, replaced)] = subscription;
        }
        else if (_list.Length < LargestList)
        {
            _list = [.. _list, subscription];
        }
        else
        {
            _byFilter = _list.ToDictionary(s => s.Filter.Text, StringComparer.Ordinal);
            _byFilter.Add(subscription.Filter.Text, subscription);
            _list = [];
        }

        return replaced;
    }

    public Subscription? Remove(string filter, bool keepEnded, long lastOffset)
    {
        Subscription? removed = Find(filter);
        if (removed is null)
        {
            return null;
        }

        End(removed, keepEnded, lastOffset);
        if (_byFilter is not null)
        {
            _byFilter.Remove(filter);
        }
        else
        {
            _list = Array.FindAll(_list, s => !ReferenceEquals(s, removed));
        }

        return removed;
    }

    public Subscription[] ToArray() => _byFilter is null ? [.. _list] : [.. _byFilter.Values];

    public IEnumerable<Subscription> WithEnded()
    {
        IEnumerable<Subscription> standing = _byFilter is null ? _list : _byFilter.Values;
        return _ended is null ? standing : standing.Concat(_ended);
    }

    public void ForgetEnded(long cursor)
    {
        if (_ended?.RemoveAll(s => s.EndOffset <= cursor) > 0 && _ended.Count == 0)
        {
            _ended = null;
        }
    }

    private void End(Subscription? subscription, bool keep, long lastOffset)
    {
        if (subscription is null)
        {
            return;
        }

        subscription.EndOffset = lastOffset;
        if (keep && subscription.ReadsLog && lastOffset > subscription.StartOffset)
        {
            (_ended ??= []).Add(subscription);
        }
    }
}
