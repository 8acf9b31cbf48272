using System.Runtime.InteropServices;

namespace SkyTree.Bench.Native;

/// <summary>An edge-triggered epoll set. Used by one thread.</summary>
internal sealed unsafe class Poller : IDisposable
{
    private const int Capacity = 256;

    // The kernel packs its event record on x64 only, for the sake of 32-bit programs.
    private static readonly bool s_packed = RuntimeInformation.ProcessArchitecture == Architecture.X64;
    private static readonly int s_stride = s_packed ? 12 : 16;
    private static readonly int s_tagAt = s_packed ? 4 : 8;

    private readonly int _epoll;
    private readonly byte* _events = (byte*)NativeMemory.Alloc(Capacity * 16);

    public Poller()
    {
        _epoll = Libc.EpollCreate(0);
        if (_epoll < 0)
        {
            throw new BenchException($"epoll: {Libc.LastErrorMessage()}");
        }
    }

    /// <summary>Watches a descriptor for both directions, non-blocking from now on; the tag comes back with its events.</summary>
    public void Add(int fd, int tag)
    {
        _ = Libc.FileControl(fd, Libc.F_SETFL, Libc.FileControl(fd, Libc.F_GETFL, 0) | Libc.O_NONBLOCK);
        byte* record = stackalloc byte[16];
        *(uint*)record = Libc.EPOLLIN | Libc.EPOLLOUT | Libc.EPOLLRDHUP | Libc.EPOLLET;
        *(ulong*)(record + s_tagAt) = (uint)tag;
        if (Libc.EpollControl(_epoll, Libc.EPOLL_CTL_ADD, fd, record) < 0)
        {
            throw new BenchException($"epoll: {Libc.LastErrorMessage()}");
        }
    }

    /// <summary>Waits at most the given time, -1 for ever, and returns how many events are ready.</summary>
    public int Wait(int timeoutMilliseconds)
    {
        int ready = Libc.EpollWait(_epoll, _events, Capacity, timeoutMilliseconds);
        if (ready < 0)
        {
            return Marshal.GetLastPInvokeError() == Libc.EINTR ? 0 : throw new BenchException($"epoll: {Libc.LastErrorMessage()}");
        }

        return ready;
    }

    public uint Flags(int index) => *(uint*)(_events + index * s_stride);

    public int Tag(int index) => *(int*)(_events + index * s_stride + s_tagAt);

    public void Dispose()
    {
        _ = Libc.Close(_epoll);
        NativeMemory.Free(_events);
    }
}
