namespace SkyTree.Core.Connections;

/// <summary>Whether clients are sent to other servers, and to which.</summary>
internal sealed class Redirection
{
    private volatile IReadOnlyList<string>? _servers; // swapped whole; null: clients are welcome here
    private int _turn; // interlocked

    /// <summary>Whether clients are to go elsewhere.</summary>
    public bool IsOn => _servers is not null;

    /// <summary>Sends clients to these servers from now on; null: they are welcome again.</summary>
    public void Set(IReadOnlyList<string>? servers) => _servers = servers;

    /// <summary>The Server Reference for the next client, each in turn; null: none is known.</summary>
    public string? Next() =>
        _servers is { Count: > 0 } servers ? servers[(int)((uint)Interlocked.Increment(ref _turn) % (uint)servers.Count)] : null;
}
