using System.Diagnostics;
using System.Runtime.InteropServices;
using SkyTree.Bench.Measuring;
using SkyTree.Bench.Native;

namespace SkyTree.Bench.Durable;

/// <summary>Appends messages to a file and flushes the disk after each: what a broker would get that does not batch.</summary>
internal static unsafe class DiskRun
{
    public static Figures Run(BenchOptions options)
    {
        string path = Path.Combine(options.Folder, $"skytree-bench-{Environment.ProcessId}");
        int file = Libc.Open(path, Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Libc.O_APPEND, 0x180 /* for the owner alone */);
        if (file < 0)
        {
            throw new BenchException($"{path}: {Libc.LastErrorMessage()}");
        }

        byte* message = (byte*)NativeMemory.AllocZeroed((nuint)options.Size);
        try
        {
            Append(file, message, options.Size, options.WarmupSeconds, new LatencyHistogram());
            LatencyHistogram latencies = new();
            double rate = Append(file, message, options.Size, options.Seconds, latencies);
            return new Figures()
                .Add("messages_per_s", rate, 0)
                .Add("p50_us", latencies.Percentile(0.50), 1)
                .Add("p99_us", latencies.Percentile(0.99), 1);
        }
        finally
        {
            NativeMemory.Free(message);
            _ = Libc.Close(file);
            File.Delete(path);
        }
    }

    private static double Append(int file, byte* message, int size, double seconds, LatencyHistogram latencies)
    {
        long start = Stopwatch.GetTimestamp();
        long end = start + (long)(seconds * Stopwatch.Frequency);
        long count = 0;
        long now = start;
        while (now < end)
        {
            if (Libc.Write(file, message, size) != size || Libc.SyncData(file) < 0)
            {
                throw new BenchException($"writing to the disk: {Libc.LastErrorMessage()}");
            }

            long before = now;
            now = Stopwatch.GetTimestamp();
            latencies.Record(now - before);
            count++;
        }

        return count / Stopwatch.GetElapsedTime(start, now).TotalSeconds;
    }
}
