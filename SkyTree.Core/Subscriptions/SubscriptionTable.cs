namespace SkyTree.Core.Subscriptions;

/// <summary>One session's subscriptions by filter: small while they are few, which most are. Guarded by its owner.</summary>
internal sealed class SubscriptionTable
{
    private const int LargestList = 8;

    private Subscription[] _list = []; // used while _byFilter is null
    private Dictionary<string, Subscription>? _byFilter;
    private HashSet<Subscription>? _wildcards; // while _byFilter is there: those of it that a topic's name does not find
    private List<Subscription>? _ended; // of a durable session: replaced or removed, with messages still to be read

    public int Count => _byFilter?.Count ?? _list.Length;

    public int EndedCount => _ended?.Count ?? 0;

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
            if (replaced is not null)
            {
                _wildcards!.Remove(replaced);
            }

            if (subscription.Filter.HasWildcard)
            {
                _wildcards!.Add(subscription);
            }
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
            _wildcards = [.. _byFilter.Values.Where(s => s.Filter.HasWildcard)];
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
            _wildcards!.Remove(removed);
        }
        else
        {
            _list = Array.FindAll(_list, s => !ReferenceEquals(s, removed));
        }

        return removed;
    }

    public Subscription[] ToArray() => _byFilter is null ? [.. _list] : [.. _byFilter.Values];

    /// <summary>Finds the subscriptions, ended ones too, that match a topic; memberships of shared groups are left out.</summary>
    /// <param name="topic">The topic name.</param>
    /// <param name="into">Where they are added; null: whether there is one is all that is asked.</param>
    /// <returns>True when there is one.</returns>
    public bool Match(string topic, List<Subscription>? into)
    {
        bool found = false;
        if (_byFilter is null)
        {
            foreach (Subscription subscription in _list)
            {
                found |= Take(subscription, topic, into);
            }
        }
        else
        {
            if (_byFilter.TryGetValue(topic, out Subscription? literal))
            {
                found |= Take(literal, topic, into);
            }

            foreach (Subscription subscription in _wildcards!)
            {
                found |= Take(subscription, topic, into);
                if (found && into is null)
                {
                    return true;
                }
            }
        }

        foreach (Subscription subscription in _ended ?? [])
        {
            found |= Take(subscription, topic, into);
        }

        return found;
    }

    /// <summary>The highest offset that ended subscriptions which match a topic reach up to; 0: none matches.</summary>
    public long EndedOffset(string topic)
    {
        long highest = 0;
        foreach (Subscription subscription in _ended ?? [])
        {
            if (subscription.EndOffset > highest && TopicFilter.Matches(subscription.Filter.Filter, topic))
            {
                highest = subscription.EndOffset;
            }
        }

        return highest;
    }

    /// <summary>The ended versions of a filter's subscription.</summary>
    public List<Subscription> FindEnded(string filter) => _ended?.FindAll(s => s.Filter.Text == filter) ?? [];

    /// <summary>Forgets ended subscriptions whose messages have all been read, and says which.</summary>
    public List<Subscription> ForgetEnded(long cursor)
    {
        List<Subscription> past = _ended?.FindAll(s => s.EndOffset <= cursor) ?? [];
        if (past.Count > 0 && _ended!.RemoveAll(s => s.EndOffset <= cursor) > 0 && _ended.Count == 0)
        {
            _ended = null;
        }

        return past;
    }

    public Subscription[] ToArrayWithEnded() => [.. ToArray(), .. _ended ?? []];

    public void RestoreEnded(Subscription subscription) => (_ended ??= []).Add(subscription);

    private static bool Take(Subscription subscription, string topic, List<Subscription>? into)
    {
        bool matches = subscription.Group is null && TopicFilter.Matches(subscription.Filter.Filter, topic);
        if (matches)
        {
            into?.Add(subscription);
        }

        return matches;
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
