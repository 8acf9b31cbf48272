using System.Diagnostics.CodeAnalysis;

namespace SkyTree.Cluster.Replication;

/// <summary>
/// What waits for one thread, in order, added by any. That thread sleeps as soon as there is nothing: entries are milliseconds
/// apart, and a collection of the framework's would spin in between.
/// </summary>
/// <typeparam name="T">What waits.</typeparam>
internal sealed class CompletionQueue<T>
{
    private readonly object _gate = new(); // not a Lock: it is waited on
    private readonly Queue<T> _items = []; // guarded by _gate
    private bool _isCompleted; // guarded by _gate

    /// <summary>Adds one at the end.</summary>
    public void Add(T item)
    {
        lock (_gate)
        {
            _items.Enqueue(item);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>No more will be added.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isCompleted = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Takes the first, and waits for one if need be. For one thread only.</summary>
    /// <returns>False: there is none, and will be none.</returns>
    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        lock (_gate)
        {
            while (!_items.TryDequeue(out item))
            {
                if (_isCompleted)
                {
                    return false;
                }

                Monitor.Wait(_gate);
            }

            return true;
        }
    }
}
