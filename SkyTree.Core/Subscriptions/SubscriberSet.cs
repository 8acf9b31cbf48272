using System.Runtime.CompilerServices;

namespace SkyTree.Core.Subscriptions;

/// <summary>
/// The subscribers of one filter: few or very many. Readers take no lock; one writer at a time. Buckets are replaced
/// whole, so that adding or removing one of 100,000 copies a few references, not all.
/// </summary>
internal sealed class SubscriberSet
{
    private const int TargetBucketSize = 16;
    private const int Growth = 4;

    private object[][] _buckets = [[]]; // replaced by the index's writer when it grows; slots are swapped one by one

    /// <summary>Members; read by the writer only.</summary>
    public int Count { get; private set; }

    /// <summary>The current buckets of keys' entries, for readers.</summary>
    public object[][] Buckets => Volatile.Read(ref _buckets);

    /// <summary>Adds an entry, or replaces the one with the same key.</summary>
    /// <returns>The entry that was replaced, or null.</returns>
    public object? Set(object key, object entry)
    {
        int slot = Slot(key, _buckets.Length);
        object[] bucket = _buckets[slot];
        int at = IndexOf(bucket, key);
        if (at >= 0)
        {
            var changed = (object[])bucket.Clone();
            changed[at] = entry;
            Volatile.Write(ref _buckets[slot], changed);
            return bucket[at];
        }

        Volatile.Write(ref _buckets[slot], [.. bucket, entry]);
        Count++;
        if (Count > _buckets.Length * TargetBucketSize * 2)
        {
            Resize(_buckets.Length * Growth);
        }

        return null;
    }

    public object? Remove(object key)
    {
        int slot = Slot(key, _buckets.Length);
        object[] bucket = _buckets[slot];
        int at = IndexOf(bucket, key);
        if (at < 0)
        {
            return null;
        }

        Volatile.Write(ref _buckets[slot], [.. bucket.AsSpan(0, at), .. bucket.AsSpan(at + 1)]);
        Count--;
        if (_buckets.Length > 1 && Count < _buckets.Length)
        {
            Resize(_buckets.Length / Growth);
        }

        return bucket[at];
    }

    public object? Find(object key)
    {
        object[] bucket = _buckets[Slot(key, _buckets.Length)];
        int at = IndexOf(bucket, key);
        return at < 0 ? null : bucket[at];
    }

    /// <summary>An entry's key: the session, or the shared group that is an entry itself.</summary>
    public static object KeyOf(object entry) => entry is Subscription subscription ? subscription.Session : entry;

    private static int IndexOf(object[] bucket, object key)
    {
        for (int i = 0; i < bucket.Length; i++)
        {
            if (ReferenceEquals(KeyOf(bucket[i]), key))
            {
                return i;
            }
        }

        return -1;
    }

    private static int Slot(object key, int length) => (int)((uint)RuntimeHelpers.GetHashCode(key) % (uint)length);

    private void Resize(int length)
    {
        var lists = new List<object>[length];
        foreach (object[] bucket in _buckets)
        {
            foreach (object entry in bucket)
            {
                (lists[Slot(KeyOf(entry), lists.Length)] ??= []).Add(entry);
            }
        }

        // A reader that still walks the old buckets sees the set as it was: nothing is missing or doubled.
        Volatile.Write(ref _buckets, Array.ConvertAll(lists, list => list?.ToArray() ?? []));
    }
}
