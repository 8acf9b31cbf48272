using System.Globalization;
using SkyTree.Bench.Native;

namespace SkyTree.Bench.Measuring;

/// <summary>Reads what a process has used so far.</summary>
internal static unsafe class ProcessMeter
{
    /// <summary>
    /// User and system time of all threads of a process, in microseconds. It is the sum of utime and stime in
    /// /proc/PID/stat, read from the process's clock because that counts nanoseconds, not hundredths of a second.
    /// </summary>
    public static double CpuMicroseconds(int pid)
    {
        const int ProcessClock = 2;
        Libc.Timespec time;
        if (Libc.ClockGetTime((~pid << 3) | ProcessClock, &time) < 0)
        {
            throw new BenchException($"no process with pid {pid}");
        }

        return time.Seconds * 1e6 + time.Nanoseconds / 1e3;
    }

    /// <summary>Resident memory in KiB.</summary>
    public static long ResidentKilobytes(int pid)
    {
        foreach (string line in Lines(pid))
        {
            if (line.StartsWith("Rss:", StringComparison.Ordinal) || line.StartsWith("VmRSS:", StringComparison.Ordinal))
            {
                return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
            }
        }

        throw new BenchException($"/proc/{pid} does not tell the resident memory");
    }

    private static string[] Lines(int pid)
    {
        try
        {
            // The roll-up is exact where the status lags behind; other users' processes show only the status.
            return File.ReadAllLines($"/proc/{pid}/smaps_rollup");
        }
        catch (UnauthorizedAccessException)
        {
            return File.ReadAllLines($"/proc/{pid}/status");
        }
        catch (IOException e)
        {
            throw new BenchException($"cannot read /proc/{pid}: {e.Message}");
        }
    }
}
