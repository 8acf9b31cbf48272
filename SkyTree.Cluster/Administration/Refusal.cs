namespace SkyTree.Cluster.Administration;

/// <summary>Listens, while a node is being added, whether one that is no member is refused: it never catches up then.</summary>
internal sealed class Refusal : IDisposable
{
    private readonly ClusterNode _node;
    private readonly CancellationTokenSource _enough;
    private readonly Lock _gate = new();
    private string? _reason; // written once, under _gate
    private bool _isOver; // guarded by _gate

    /// <summary>Begins to listen.</summary>
    /// <param name="node">This node, which leads.</param>
    /// <param name="enough">Is cancelled when one was refused.</param>
    public Refusal(ClusterNode node, CancellationTokenSource enough)
    {
        _node = node;
        _enough = enough;
        node.Refused += OnRefused;
    }

    /// <summary>Which node was refused, and why; null: none was.</summary>
    public string? Reason => Volatile.Read(ref _reason);

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        _node.Refused -= OnRefused;
        lock (_gate)
        {
            _isOver = true; // one may be told of this moment
        }
    }

    private void OnRefused(Guid node, string reason)
    {
        if (_node.Members.Any(member => Guid.TryParse(member.NodeId, out Guid id) && id == node))
        {
            return;
        }

        lock (_gate)
        {
            if (!_isOver && _reason is null)
            {
                Volatile.Write(ref _reason, $"Node {node:N} is refused: {reason}");
                _ = _enough.CancelAsync();
            }
        }
    }
}
