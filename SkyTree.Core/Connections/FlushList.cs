namespace SkyTree.Core.Connections;

/// <summary>
/// The connections that the running thread has appended to and not flushed yet. A thread collects them while it
/// works through a batch and flushes each once, at the end and before it waits for anything. What appends after a wait
/// flushes before it returns: whoever waits for it in turn may go on on another thread.
/// </summary>
internal static class FlushList
{
    private const long LargestUnflushed = 16 * 1024 * 1024;

    [ThreadStatic]
    private static Outbound?[]? t_list;

    [ThreadStatic]
    private static int t_count;

    [ThreadStatic]
    private static bool t_flushing;

    /// <summary>Whether the packets of a batch, sent on to all these connections, come to more than should wait for the batch's end.</summary>
    /// <param name="bytes">Their bytes.</param>
    public static bool IsHeavy(int bytes) => (long)t_count * bytes > LargestUnflushed;

    public static void Add(Outbound outbound)
    {
        Outbound?[] list = t_list ??= new Outbound?[64];
        if (t_count == list.Length)
        {
            Array.Resize(ref list, list.Length * 2);
            t_list = list;
        }

        list[t_count++] = outbound;
    }

    /// <summary>Flushes all of them. Must be called without holding a lock. Nested calls leave the work to the outer one.</summary>
    public static void FlushAll()
    {
        if (t_count == 0 || t_flushing)
        {
            return;
        }

        t_flushing = true;
        try
        {
            for (int i = 0; i < t_count; i++)
            {
                Outbound outbound = t_list![i]!;
                t_list[i] = null;
                outbound.Flush();
            }
        }
        finally
        {
            t_count = 0;
            t_flushing = false;
        }
    }
}
