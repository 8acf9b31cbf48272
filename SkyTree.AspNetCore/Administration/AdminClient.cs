using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using SkyTree.Core.Backup;

namespace SkyTree.AspNetCore.Administration;

/// <summary>A command's connection to the broker that runs on a data folder.</summary>
internal sealed class AdminClient : IDisposable
{
    private readonly Socket _socket;

    private AdminClient(Socket socket) => _socket = socket;

    /// <summary>Connects; null: no broker runs there.</summary>
    /// <exception cref="SocketException">One does, but it cannot be asked.</exception>
    public static async Task<AdminClient?> ConnectAsync(string folder, CancellationToken cancellationToken)
    {
        if (AdminProtocol.PathIn(folder) is not { } path || !File.Exists(path))
        {
            return null;
        }

        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new AdminClient(socket);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable)
        {
            socket.Dispose(); // left behind by a broker that was killed
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Has the broker make a backup, and writes it.</summary>
    /// <exception cref="IOException">The broker could not make it, or ended meanwhile.</exception>
    public Task<BackupManifest> BackupAsync(Stream destination, IProgress<BackupProgress> progress, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using CancellationTokenRegistration ending = cancellationToken.Register(_socket.Dispose);
            return Backup(destination, progress);
        },
        cancellationToken);

    /// <summary>Has the broker do what a line says.</summary>
    /// <returns>What it answers.</returns>
    /// <exception cref="IOException">It refused, or ended meanwhile.</exception>
    public async Task<string> AskAsync(string request, CancellationToken cancellationToken)
    {
        await using NetworkStream stream = new(_socket);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(request + "\n"), cancellationToken);
        using StreamReader reader = new(stream);
        string line = await reader.ReadLineAsync(cancellationToken) ?? "";
        return line.StartsWith(AdminProtocol.Done, StringComparison.Ordinal)
            ? line[AdminProtocol.Done.Length..]
            : throw new IOException(line.StartsWith(AdminProtocol.Error, StringComparison.Ordinal)
                ? line[AdminProtocol.Error.Length..]
                : "The broker ended before it had answered.");
    }

    private BackupManifest Backup(Stream destination, IProgress<BackupProgress> progress)
    {
        using BufferedStream stream = new(new NetworkStream(_socket), 256 * 1024);
        stream.Write(Encoding.UTF8.GetBytes(AdminProtocol.Backup + "\n"));
        stream.Flush();
        byte[] data = [];
        while (true)
        {
            string line = ReadLine(stream);
            if (line.StartsWith(AdminProtocol.Data, StringComparison.Ordinal))
            {
                int size = int.Parse(line.AsSpan(AdminProtocol.Data.Length), CultureInfo.InvariantCulture);
                data = data.Length < size ? new byte[size] : data;
                stream.ReadExactly(data, 0, size);
                destination.Write(data, 0, size);
            }
            else if (line.StartsWith(AdminProtocol.Progress, StringComparison.Ordinal))
            {
                long[] numbers = [.. line.Split(' ').Skip(1).Select(n => long.Parse(n, CultureInfo.InvariantCulture))];
                progress.Report(new BackupProgress(numbers[0], numbers[1], numbers[2], numbers[3]));
            }
            else if (line.StartsWith(AdminProtocol.Done, StringComparison.Ordinal))
            {
                return JsonSerializer.Deserialize<BackupManifest>(line.AsSpan(AdminProtocol.Done.Length))!;
            }
            else
            {
                throw new IOException(line.StartsWith(AdminProtocol.Error, StringComparison.Ordinal)
                    ? line[AdminProtocol.Error.Length..]
                    : "The broker ended before the backup was complete.");
            }
        }
    }

    private static string ReadLine(BufferedStream stream)
    {
        List<byte> line = [];
        for (int next = stream.ReadByte(); next != '\n' && next >= 0 && line.Count < AdminProtocol.LongestLine; next = stream.ReadByte())
        {
            line.Add((byte)next);
        }

        return Encoding.UTF8.GetString([.. line]);
    }
}
