using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace SkyTree.Core.Listeners;

/// <summary>
/// Admits connections to one listener within its limits: in number, in number of those that have not completed CONNECT,
/// both also per address, and in rate. Remembers an address only while a connection of it counts, so its memory is
/// bounded by the connections. Safe to use from any thread.
/// </summary>
internal sealed class ConnectionGate
{
    private readonly ListenerLimits _limits;
    private readonly TimeProvider _timeProvider;
    private readonly Lock _lock = new();

    // All below: read and written under the lock.
    private readonly Dictionary<UInt128, AddressCount> _addresses = [];
    private int _connections;
    private int _unauthenticated;
    private bool _closed;
    private double _tokens;
    private long _tokensAt;

    /// <summary>Creates a gate.</summary>
    /// <param name="limits">What it allows.</param>
    /// <param name="timeProvider">The clock of the rate.</param>
    public ConnectionGate(ListenerLimits limits, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(timeProvider);
        _limits = limits;
        _timeProvider = timeProvider;
        _tokens = limits.ConnectionsPerSecond;
        _tokensAt = timeProvider.GetTimestamp();
    }

    /// <summary>Connections that are inside now.</summary>
    public int Connections
    {
        get
        {
            lock (_lock)
            {
                return _connections;
            }
        }
    }

    /// <summary>Connections inside that have not completed CONNECT.</summary>
    public int Unauthenticated
    {
        get
        {
            lock (_lock)
            {
                return _unauthenticated;
            }
        }
    }

    /// <summary>Addresses that are remembered now.</summary>
    internal int Addresses
    {
        get
        {
            lock (_lock)
            {
                return _addresses.Count;
            }
        }
    }

    /// <summary>Admits a connection, or says by null that it is to be closed at once.</summary>
    /// <param name="address">The client's address; null when it has none or it is not known yet (see <see cref="Admission.TryAttribute"/>).</param>
    public Admission? TryEnter(IPAddress? address)
    {
        Admission admission = new(this);
        lock (_lock)
        {
            if (_closed
                || _connections >= _limits.MaxConnections
                || _unauthenticated >= _limits.MaxUnauthenticated
                || (address is not null && !HasRoom(KeyOf(address)))
                || !TryTakeToken())
            {
                return null;
            }

            _connections++;
            _unauthenticated++;
            if (address is not null)
            {
                Attribute(admission, KeyOf(address));
            }
        }

        return admission;
    }

    /// <summary>Admits nobody from now on; those inside stay.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
        }
    }

    /// <summary>Admits again, within the limits.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _closed = false;
        }
    }

    /// <summary>Whether nobody is admitted.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_lock)
            {
                return _closed;
            }
        }
    }

    internal bool TryAttribute(Admission admission, IPAddress address)
    {
        UInt128 key = KeyOf(address);
        lock (_lock)
        {
            if (admission.HasLeft || admission.HasAddress || admission.IsAuthenticated)
            {
                return true;
            }

            if (!HasRoom(key))
            {
                return false;
            }

            Attribute(admission, key);
            return true;
        }
    }

    internal void Authenticated(Admission admission)
    {
        lock (_lock)
        {
            if (admission.HasLeft || admission.IsAuthenticated)
            {
                return;
            }

            admission.IsAuthenticated = true;
            _unauthenticated--;
            // Without a limit per address there is nothing more to remember of it.
            Release(admission, connection: _limits.MaxConnectionsPerAddress == 0, unauthenticated: true);
        }
    }

    internal void Leave(Admission admission)
    {
        lock (_lock)
        {
            if (admission.HasLeft)
            {
                return;
            }

            admission.HasLeft = true;
            _connections--;
            if (!admission.IsAuthenticated)
            {
                _unauthenticated--;
            }

            Release(admission, connection: true, unauthenticated: !admission.IsAuthenticated);
        }
    }

    /// <summary>One key for an IPv4 address in either form; of IPv6 the first 64 bits, since one client usually has them all.</summary>
    private static UInt128 KeyOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        bool isIPv4 = address.AddressFamily == AddressFamily.InterNetwork || address.IsIPv4MappedToIPv6;
        (isIPv4 ? address.MapToIPv6() : address).TryWriteBytes(bytes, out _);
        if (!isIPv4)
        {
            bytes[8..].Clear();
        }

        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private bool HasRoom(UInt128 key)
    {
        if (!_addresses.TryGetValue(key, out AddressCount count))
        {
            return true;
        }

        return (_limits.MaxConnectionsPerAddress == 0 || count.Connections < _limits.MaxConnectionsPerAddress)
            && count.Unauthenticated < _limits.MaxUnauthenticatedPerAddress;
    }

    private void Attribute(Admission admission, UInt128 key)
    {
        ref AddressCount count = ref CollectionsMarshal.GetValueRefOrAddDefault(_addresses, key, out _);
        count.Connections++;
        count.Unauthenticated++;
        admission.Address = key;
        admission.HasAddress = true;
    }

    private void Release(Admission admission, bool connection, bool unauthenticated)
    {
        if (!admission.HasAddress)
        {
            return;
        }

        ref AddressCount count = ref CollectionsMarshal.GetValueRefOrNullRef(_addresses, admission.Address);
        count.Connections -= connection ? 1 : 0;
        count.Unauthenticated -= unauthenticated ? 1 : 0;
        admission.HasAddress = !connection;
        if (count is { Connections: 0, Unauthenticated: 0 })
        {
            _addresses.Remove(admission.Address);
        }
    }

    private bool TryTakeToken()
    {
        if (_limits.ConnectionsPerSecond == 0)
        {
            return true;
        }

        long now = _timeProvider.GetTimestamp();
        double earned = _timeProvider.GetElapsedTime(_tokensAt, now).TotalSeconds * _limits.ConnectionsPerSecond;
        _tokens = Math.Min(_limits.ConnectionsPerSecond, _tokens + earned);
        _tokensAt = now;
        if (_tokens < 1)
        {
            return false;
        }

        _tokens--;
        return true;
    }

    private record struct AddressCount(int Connections, int Unauthenticated);
}
