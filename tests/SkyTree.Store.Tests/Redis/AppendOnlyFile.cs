using System.Globalization;
using System.Text;

namespace SkyTree.Store.Tests.Redis;

/// <summary>The file that a Redis server of version 7 logs its changes to. Cut it only while the server is not running.</summary>
public sealed class AppendOnlyFile(string directory)
{
    public string Path => Directory.EnumerateFiles(System.IO.Path.Combine(directory, "appendonlydir"), "*.incr.aof")
        .OrderBy(static f => f.Length).ThenBy(static f => f, StringComparer.Ordinal).Last();

    public long Length => new FileInfo(Path).Length;

    public void Cut(long length)
    {
        using FileStream file = new(Path, FileMode.Open);
        file.SetLength(length);
    }

    /// <summary>The commands from a place on: where each begins, and its name.</summary>
    public IReadOnlyList<(long Start, string Name)> CommandsFrom(long start)
    {
        byte[] bytes = File.ReadAllBytes(Path);
        List<(long, string)> commands = [];
        int at = (int)start;
        while (at < bytes.Length)
        {
            int begin = at;
            if (bytes[at] != '*')
            {
                ReadNumber(bytes, ref at); // a remark, such as the time
                continue;
            }

            long parts = ReadNumber(bytes, ref at);
            string name = "";
            for (int part = 0; part < parts; part++)
            {
                int size = (int)ReadNumber(bytes, ref at);
                name = part == 0 ? Encoding.ASCII.GetString(bytes, at, size) : name;
                at += size + 2;
            }

            commands.Add((begin, name.ToUpperInvariant()));
        }

        return commands;
    }

    private static long ReadNumber(byte[] bytes, ref int at)
    {
        int end = Array.IndexOf(bytes, (byte)'\r', at);
        string text = Encoding.ASCII.GetString(bytes, at + 1, end - at - 1);
        at = end + 2;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 0;
    }
}
