using SkyTree.Core.Messages;
using SkyTree.Core.Replication;

namespace SkyTree.Broker.Tests.Model;

/// <summary>
/// What a <see cref="CrashableDatabase"/> has written: every change since the beginning, and how many of them have been
/// synced. When the power fails, the synced ones stay and of the others as many of the first as chance will have it.
/// </summary>
internal sealed class CrashableDisk
{
    private readonly object _gate = new(); // pulsed when writes may go on
    private readonly List<Action<CrashableContent>> _changes = []; // guarded by _gate
    private readonly Dictionary<string, CrashableDisk> _copies = []; // guarded by _gate
    private CrashableDatabase? _owner; // guarded by _gate; what others write is lost
    private int _synced; // guarded by _gate
    private volatile bool _held; // written under _gate

    /// <summary>Changes that have been written.</summary>
    public int Writes
    {
        get
        {
            lock (_gate)
            {
                return _changes.Count;
            }
        }
    }

    /// <summary>Whether writes wait.</summary>
    public bool IsHeld => _held;

    /// <summary>From now on writes wait, as for a slow disk.</summary>
    public void Hold()
    {
        lock (_gate)
        {
            _held = true;
        }
    }

    /// <summary>Writes go on.</summary>
    public void Release()
    {
        lock (_gate)
        {
            _held = false;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The process stops at once: what it writes from now on is written nowhere.</summary>
    public void CutOff()
    {
        lock (_gate)
        {
            _owner = null;
            _held = false;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The power fails.</summary>
    /// <param name="percent">How much of what was not synced is there all the same, 0 to 100.</param>
    public void LosePower(int percent)
    {
        CutOff();
        lock (_gate)
        {
            int kept = _synced + ((_changes.Count - _synced) * percent / 100);
            _changes.RemoveRange(kept, _changes.Count - kept);
            _synced = kept;
        }
    }

    /// <summary>A copy made by a checkpoint, or an empty disk.</summary>
    public CrashableDisk Copy(string folder)
    {
        lock (_gate)
        {
            return _copies.Remove(folder, out CrashableDisk? copy) ? copy : new CrashableDisk();
        }
    }

    /// <summary>Puts a copy that another disk's checkpoint made beside this disk, for <see cref="CrashableDatabase.Replace"/>.</summary>
    public void Fetch(CrashableDisk from, string folder)
    {
        CrashableDisk copy = from.Copy(folder);
        lock (_gate)
        {
            _copies.Add(folder, copy);
        }
    }

    /// <summary>Has what a copy has from now on, and the copy is gone; unless the writer was cut off.</summary>
    /// <returns>The content; null: nothing has changed.</returns>
    internal CrashableContent? Replace(CrashableDatabase writer, string folder)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_owner, writer))
            {
                return null;
            }

            if (!_copies.Remove(folder, out CrashableDisk? copy))
            {
                throw new StateDatabaseException($"There is no checkpoint in '{folder}'.");
            }

            _changes.Clear();
            _changes.AddRange(copy._changes);
            _synced = _changes.Count;
            return Mount(writer);
        }
    }

    /// <summary>Notes a copy of all that has been written, for <see cref="Copy"/>.</summary>
    internal void MakeCopy(string folder)
    {
        lock (_gate)
        {
            var copy = new CrashableDisk();
            copy._changes.AddRange(_changes);
            copy._synced = _changes.Count;
            _copies.Add(folder, copy);
        }
    }

    /// <summary>Gives the disk to a database, and the database its content.</summary>
    internal CrashableContent Mount(CrashableDatabase owner)
    {
        lock (_gate)
        {
            _owner = owner;
            var content = new CrashableContent();
            _changes.ForEach(change => change(content));
            return content;
        }
    }

    /// <summary>Writes a change and makes it, unless the writer was cut off.</summary>
    internal void Write(CrashableDatabase writer, CrashableContent content, Action<CrashableContent> change, bool sync)
    {
        lock (_gate)
        {
            while (_held)
            {
                Monitor.Wait(_gate);
            }

            if (!ReferenceEquals(_owner, writer))
            {
                return;
            }

            _changes.Add(change);
            _synced = sync ? _changes.Count : _synced;
            lock (content)
            {
                change(content);
            }
        }
    }
}

/// <summary>The keys, values and messages of a <see cref="CrashableDatabase"/>. Locked by who reads or changes the keys.</summary>
internal sealed class CrashableContent
{
    public SortedDictionary<byte[], byte[]> Keys { get; } = new(Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y)));

    public InMemoryMessageStore Messages { get; } = new();
}
