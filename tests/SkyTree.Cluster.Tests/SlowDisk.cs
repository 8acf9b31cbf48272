using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace SkyTree.Cluster.Tests;

/// <summary>Makes the disk slow for processes, each as it is told, while they run: a library loaded before the C library's.</summary>
internal sealed class SlowDisk
{
    // A flush takes as long as the process's file says, and a write to a file a hundredth of that.
    private const string Source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <fcntl.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/stat.h>
        #include <sys/uio.h>
        #include <unistd.h>
        static int (*next_msync)(void *, size_t, int);
        static int (*next_fdatasync)(int);
        static int (*next_fsync)(int);
        static ssize_t (*next_read)(int, void *, size_t);
        static ssize_t (*next_write)(int, const void *, size_t);
        static ssize_t (*next_pwrite)(int, const void *, size_t, off_t);
        static ssize_t (*next_pwritev)(int, const struct iovec *, int, off_t);
        __attribute__((constructor)) static void find(void)
        {
            next_msync = dlsym(RTLD_NEXT, "msync");
            next_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
            next_fsync = dlsym(RTLD_NEXT, "fsync");
            next_read = dlsym(RTLD_NEXT, "read");
            next_write = dlsym(RTLD_NEXT, "write");
            next_pwrite = dlsym(RTLD_NEXT, "pwrite64");
            next_pwritev = dlsym(RTLD_NEXT, "pwritev64");
        }
        static long milliseconds(void)
        {
            const char *path = getenv("SLOW_DISK");
            char text[16] = "";
            int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
            if (file < 0) return 0;
            ssize_t length = next_read(file, text, sizeof text - 1);
            close(file);
            return length > 0 ? atol(text) : 0;
        }
        static void flush(void)
        {
            usleep(milliseconds() * 1000);
        }
        static void put(int descriptor)
        {
            long wait = milliseconds();
            struct stat what;
            if (wait > 0 && fstat(descriptor, &what) == 0 && S_ISREG(what.st_mode))
                usleep(wait * 10);
        }
        int msync(void *address, size_t length, int flags) { flush(); return next_msync(address, length, flags); }
        int fdatasync(int descriptor) { flush(); return next_fdatasync(descriptor); }
        int fsync(int descriptor) { flush(); return next_fsync(descriptor); }
        ssize_t write(int descriptor, const void *bytes, size_t length) { put(descriptor); return next_write(descriptor, bytes, length); }
        ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t at) { put(descriptor); return next_pwrite(descriptor, bytes, length, at); }
        ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off_t at) { put(descriptor); return next_pwrite(descriptor, bytes, length, at); }
        ssize_t pwritev(int descriptor, const struct iovec *parts, int count, off_t at) { put(descriptor); return next_pwritev(descriptor, parts, count, at); }
        ssize_t pwritev64(int descriptor, const struct iovec *parts, int count, off_t at) { put(descriptor); return next_pwritev(descriptor, parts, count, at); }
        """;

    private readonly string _library;
    private readonly string _folder;

    private SlowDisk(string library, string folder)
    {
        _library = library;
        _folder = folder;
    }

    /// <summary>Compiles the library.</summary>
    /// <returns>It, or null where there is no compiler.</returns>
    public static async Task<SlowDisk?> CreateAsync(string folder)
    {
        string source = Path.Combine(folder, "slow.c");
        string library = Path.Combine(folder, "slow.so");
        await File.WriteAllTextAsync(source, Source);
        try
        {
            using Process compiler = Process.Start("gcc", ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"]);
            await compiler.WaitForExitAsync();
            return compiler.ExitCode == 0 ? new SlowDisk(library, folder) : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>What a process is started with.</summary>
    /// <param name="number">By which it is told from the others.</param>
    public Dictionary<string, string> Environment(int number) => new() { ["LD_PRELOAD"] = _library, ["SLOW_DISK"] = Delay(number) };

    /// <summary>From now on a process's flushes take longer.</summary>
    public void Slow(int number, TimeSpan delay)
    {
        string fresh = Delay(number) + ".tmp";
        File.WriteAllText(fresh, ((long)delay.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
        File.Move(fresh, Delay(number), overwrite: true);
    }

    /// <summary>Ends <see cref="Slow"/>.</summary>
    public void Fast(int number) => File.Delete(Delay(number));

    private string Delay(int number) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"slow-{number}"));
}
