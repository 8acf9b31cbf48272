namespace SkyTree.Cluster.Peers.Inbound;

/// <summary>Which refusals have been logged: a node that was refused comes again and again.</summary>
internal sealed class Refusals
{
    // So many different ones are an attack or a bug, and then some come twice.
    private const int MaximumRemembered = 256;

    private readonly Lock _gate = new();
    private readonly HashSet<(NodeId, string)> _seen = []; // guarded by _gate

    /// <summary>True when it has not been said.</summary>
    public bool TryAdd(NodeId node, string reason)
    {
        lock (_gate)
        {
            if (_seen.Count >= MaximumRemembered)
            {
                _seen.Clear();
            }

            return _seen.Add((node, reason));
        }
    }

    /// <summary>The node was accepted: what it is refused for from now on is news.</summary>
    public void Forget(NodeId node)
    {
        lock (_gate)
        {
            _seen.RemoveWhere(seen => seen.Item1 == node);
        }
    }
}
