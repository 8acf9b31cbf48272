namespace SkyTree.Bench.Transports;

/// <summary>A byte stream to the broker, driven by one thread's event loop.</summary>
internal abstract unsafe class Transport : IDisposable
{
    public const int WouldBlock = -1;
    public const int Closed = -2;

    /// <summary>Bytes that must be writable before what is given to <see cref="Send"/>, for a frame header.</summary>
    public const int Headroom = 16;

    public abstract int Descriptor { get; }

    /// <summary>Whether sent bytes still wait for the socket to take them.</summary>
    public abstract bool Blocked { get; }

    /// <summary>
    /// Receives into the buffer: the count, which may be 0 when only framing arrived, or
    /// <see cref="WouldBlock"/> or <see cref="Closed"/>. <paramref name="more"/> is false when the socket is known to be empty.
    /// </summary>
    public abstract int Receive(byte* buffer, int capacity, out bool more);

    /// <summary>Sends all of it, now or when the socket allows; may change the bytes in place.</summary>
    public abstract void Send(byte* buffer, int length);

    /// <summary>Sends what waits, as far as the socket takes it.</summary>
    public abstract void Flush();

    public abstract void Dispose();
}
