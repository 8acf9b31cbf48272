using System.Numerics;
using SkyTree.Bench.Load;

namespace SkyTree.Bench.Durable;

/// <summary>
/// Checks that a session gets each of its messages once and each publisher's in order. Its messages are those whose
/// number among all is congruent to a topic's.
/// </summary>
internal sealed class StoredOrder
{
    private readonly StoredSet _set;
    private readonly long[] _next; // per publisher: the message to come next; -1 where none is for this session
    private readonly long _step;

    public StoredOrder(StoredSet set, int topic, int topics)
    {
        _set = set;
        _step = topics / (long)BigInteger.GreatestCommonDivisor(topics, set.Publishers);
        _next = new long[set.Publishers];
        Array.Fill(_next, -1);

        // After as many of the topic's messages as there are publishers the same publishers come again.
        for (long i = 0; i < set.Publishers; i++)
        {
            (long sequence, long publisher) = Math.DivRem(topic + i * topics, set.Publishers);
            if (_next[publisher] < 0)
            {
                _next[publisher] = sequence;
            }
        }
    }

    public long Received { get; private set; }

    /// <summary>Messages that came after a later one of their publisher.</summary>
    public long Reordered { get; private set; }

    public long Duplicates { get; private set; }

    /// <summary>Messages that were jumped over and have not come since.</summary>
    private long Missed { get; set; }

    public void Take(Stamp stamp)
    {
        Received++;
        ref long next = ref _next[stamp.Publisher];
        if (stamp.Sequence == next)
        {
            next += _step;
        }
        else if (next < 0 || (stamp.Sequence - next) % _step != 0)
        {
            throw new BenchException($"a session got message {stamp.Sequence} of publisher {stamp.Publisher}, which is of another topic");
        }
        else if (stamp.Sequence > next)
        {
            Missed += (stamp.Sequence - next) / _step;
            next = stamp.Sequence + _step;
        }
        else if (Missed > 0)
        {
            Missed--;
            Reordered++;
        }
        else
        {
            Duplicates++;
        }
    }

    /// <summary>Those of the first so many messages that have not come.</summary>
    public long Lost(long messages)
    {
        long lost = Missed;
        for (int publisher = 0; publisher < _next.Length; publisher++)
        {
            long left = _set.Share(publisher, messages) - _next[publisher];
            lost += _next[publisher] < 0 || left <= 0 ? 0 : (left + _step - 1) / _step;
        }

        return lost;
    }
}
