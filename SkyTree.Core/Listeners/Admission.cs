using System.Net;

namespace SkyTree.Core.Listeners;

/// <summary>
/// One connection's place within the limits of its listener: unauthenticated until <see cref="Authenticated"/>, given
/// back by <see cref="Dispose"/>. May be called from any thread; repeated calls change nothing.
/// </summary>
internal sealed class Admission : IDisposable
{
    private readonly ConnectionGate _gate;

    internal Admission(ConnectionGate gate) => _gate = gate;

    // The fields belong to the gate and change under its lock.
    internal UInt128 Address { get; set; }

    internal bool HasAddress { get; set; }

    internal bool IsAuthenticated { get; set; }

    internal bool HasLeft { get; set; }

    /// <summary>Counts the connection for its address, once that is known; behind a proxy this is later than accepting.</summary>
    /// <param name="address">The client's address.</param>
    /// <returns>False when the address has as many connections as the listener allows: the connection is to be closed.</returns>
    public bool TryAttribute(IPAddress address) => _gate.TryAttribute(this, address);

    /// <summary>CONNECT has been completed: the connection no longer counts as unauthenticated.</summary>
    public void Authenticated() => _gate.Authenticated(this);

    /// <summary>The connection has ended.</summary>
    public void Dispose() => _gate.Leave(this);
}
