using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using SkyTree.Bench.Native;

namespace SkyTree.Bench.Transports;

/// <summary>Plain TCP.</summary>
internal unsafe class SocketTransport : Transport
{
    private static readonly TimeSpan s_setupTimeout = TimeSpan.FromSeconds(10);

    private readonly Socket _socket;
    private readonly int _descriptor;
    private byte[] _waiting = [];
    private int _waitingAt;
    private int _waitingEnd;

    /// <summary>Connects, blocking, with a time limit on each receive until the event loop takes over.</summary>
    public SocketTransport(IPEndPoint endPoint, IPAddress? source)
    {
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = (int)s_setupTimeout.TotalMilliseconds,
            SendTimeout = (int)s_setupTimeout.TotalMilliseconds,
        };
        try
        {
            if (source is not null)
            {
                _socket.Bind(new IPEndPoint(source, 0));
            }

            _socket.Connect(endPoint);
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw new BenchException($"cannot connect to {endPoint}: {e.Message}");
        }

        _descriptor = (int)_socket.Handle;
    }

    /// <summary>Takes an accepted connection.</summary>
    public SocketTransport(Socket accepted)
    {
        accepted.NoDelay = true;
        _socket = accepted;
        _descriptor = (int)accepted.Handle;
    }

    public override int Descriptor => _descriptor;

    public override bool Blocked => _waitingEnd > 0;

    public override int Receive(byte* buffer, int capacity, out bool more)
    {
        int received = (int)Libc.Receive(_descriptor, buffer, capacity, 0);
        more = received == capacity;
        return received > 0 ? received
            : received == 0 ? Closed
            : Marshal.GetLastPInvokeError() is Libc.EAGAIN or Libc.EINTR ? WouldBlock : Closed;
    }

    public override void Send(byte* buffer, int length)
    {
        int sent = Blocked ? 0 : Write(buffer, length);
        if (sent < length)
        {
            Keep(new ReadOnlySpan<byte>(buffer + sent, length - sent));
        }
    }

    public override void Flush()
    {
        fixed (byte* waiting = _waiting)
        {
            _waitingAt += Write(waiting + _waitingAt, _waitingEnd - _waitingAt);
        }

        if (_waitingAt == _waitingEnd)
        {
            _waitingAt = _waitingEnd = 0;
        }
    }

    public override void Dispose() => _socket.Dispose();

    /// <summary>Writes until the socket is full; returns how much it took.</summary>
    protected virtual int WriteOnce(byte* buffer, int length)
    {
        int sent = (int)Libc.Send(_descriptor, buffer, length, Libc.MSG_NOSIGNAL);
        return sent >= 0 ? sent
            : Marshal.GetLastPInvokeError() is Libc.EAGAIN or Libc.EINTR ? 0
            : throw new BenchException($"the broker closed a connection: {Libc.LastErrorMessage()}");
    }

    private int Write(byte* buffer, int length)
    {
        int total = 0;
        while (total < length)
        {
            int sent = WriteOnce(buffer + total, length - total);
            if (sent == 0)
            {
                break;
            }

            total += sent;
        }

        return total;
    }

    private void Keep(ReadOnlySpan<byte> rest)
    {
        if (_waiting.Length - _waitingEnd < rest.Length)
        {
            int kept = _waitingEnd - _waitingAt;
            byte[] target = _waiting.Length >= kept + rest.Length ? _waiting : new byte[Math.Max(2 * _waiting.Length, kept + rest.Length)];
            Buffer.BlockCopy(_waiting, _waitingAt, target, 0, kept);
            _waiting = target;
            _waitingAt = 0;
            _waitingEnd = kept;
        }

        rest.CopyTo(_waiting.AsSpan(_waitingEnd));
        _waitingEnd += rest.Length;
    }
}
