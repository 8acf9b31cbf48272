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

    /// <summary>The same of each of several processes, read at about the same moment.</summary>
    public static double[] CpuMicroseconds(IReadOnlyList<int> pids) => [.. pids.Select(CpuMicroseconds)];

    /// <summary>What the process that used most has used between two readings; NaN without processes.</summary>
    public static double Busiest(double[] before, double[] after) =>
        before.Length == 0 ? double.NaN : before.Zip(after, (from, to) => to - from).Max();

    /// <summary>What all of them together have used; NaN without processes.</summary>
    public static double Together(double[] before, double[] after) =>
        before.Length == 0 ? double.NaN : after.Sum() - before.Sum();

    /// <summary>Resident memory in KiB.</summary>
    public static long ResidentKilobytes(int pid)
    {
        foreach (string line in Lines(pid))
        {
            if (line.StartsWith("Rss:", StringComparison.Ordinal) || line.StartsWith("VmRSS:", StringComparison.Ordinal))
            {
                return Kilobytes(line);
            }
        }

        throw new BenchException($"/proc/{pid} does not tell the resident memory");
    }

    /// <summary>Resident memory as the status tells it: cheap, and some 100 KiB behind at worst.</summary>
    public static ProcessMemory Memory(int pid)
    {
        try
        {
            long resident = 0;
            long anonymous = 0;
            foreach (string line in File.ReadLines($"/proc/{pid}/status"))
            {
                if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
                {
                    resident = Kilobytes(line);
                }
                else if (line.StartsWith("RssAnon:", StringComparison.Ordinal))
                {
                    anonymous = Kilobytes(line);
                    break;
                }
            }

            return new ProcessMemory(resident, anonymous);
        }
        catch (IOException e)
        {
            throw new BenchException($"cannot read /proc/{pid}: {e.Message}");
        }
    }

    private static long Kilobytes(string line) =>
        long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

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
