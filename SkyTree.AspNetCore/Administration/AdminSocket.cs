using System.Net.Sockets;
using System.Text;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Storage;
using SkyTree.Cluster.Administration;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Backup;

namespace SkyTree.AspNetCore.Administration;

/// <summary>
/// A socket in the data folder for this program's own commands, which only the user that runs the broker can open. The
/// broker that has the folder's database is the only one that puts it there.
/// </summary>
internal sealed class AdminSocket(Broker broker, SkyTreeOptions options, ILogger<AdminSocket> logger, ClusterAdmin? cluster = null) : IHostedService, IDisposable
{
    private const int Waiting = 8;
    private const int LongestRequest = 256;

    private readonly CancellationTokenSource _stopping = new();
    private Socket? _socket;
    private string? _path;
    private Task _accepting = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Store.Provider == StoreProvider.Memory)
        {
            return Task.CompletedTask; // nothing to back up, and the folder is not its alone
        }

        _path = AdminProtocol.PathIn(options.Data);
        if (_path is null)
        {
            Log.NoSocket(logger, $"the path of '{options.Data}' is too long for one");
            return Task.CompletedTask;
        }

        try
        {
            File.Delete(_path); // of a process that was killed
            Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            _socket = socket;
            socket.Bind(new UnixDomainSocketEndPoint(_path));
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite); // before anybody can connect
            }

            socket.Listen(Waiting);
            _accepting = Task.Run(() => AcceptAsync(socket), CancellationToken.None);
        }
        catch (Exception exception) when (exception is SocketException or IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            Log.NoSocket(logger, exception.Message);
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _accepting;
        if (_socket is { IsBound: true })
        {
            _socket.Dispose();
            File.Delete(_path!);
        }
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync(Socket socket)
    {
        HashSet<Task> serving = [];
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                if (serving.Count == Waiting)
                {
                    await Task.WhenAny(serving);
                }

                serving.RemoveWhere(task => task.IsCompleted);
                serving.Add(ServeAndCloseAsync(await socket.AcceptAsync(_stopping.Token)));
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                // The command has gone, or the broker stops.
            }
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAndCloseAsync(Socket client)
    {
        using (client)
        {
            try
            {
                await ServeAsync(client);
            }
            catch (Exception exception) when (exception is SocketException or IOException or OperationCanceledException)
            {
                // The command has gone, or the broker stops.
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        await using NetworkStream stream = new(client);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        patience.CancelAfter(TimeSpan.FromSeconds(5));
        string request = await ReadLineAsync(stream, patience.Token);
        if (request.StartsWith(AdminProtocol.Cluster, StringComparison.Ordinal))
        {
            await WriteLineAsync(stream, await ClusterAnswers.AnswerAsync(request[AdminProtocol.Cluster.Length..], cluster, _stopping.Token));
            return;
        }

        if (request.StartsWith(AdminProtocol.ResetPassword, StringComparison.Ordinal))
        {
            await WriteLineAsync(stream, await ResetPasswordAsync(request[AdminProtocol.ResetPassword.Length..]));
            return;
        }

        if (request != AdminProtocol.Backup)
        {
            await WriteLineAsync(stream, AdminProtocol.Error + $"the broker, version {ProductVersion.Text}, does not know this command");
            return;
        }

        AdminReplyStream reply = new(stream);
        try
        {
            BackupManifest manifest = await broker.BackupAsync(reply, reply, _stopping.Token);
            await reply.CompleteAsync(manifest, _stopping.Token);
            Log.BackupMade(logger, manifest.EmbeddedMessages + manifest.ExportedMessages, manifest.LastOffset, manifest.Sessions);
        }
        catch (Exception exception)
        {
            string reason = exception is OperationCanceledException ? "the broker stops" : exception.Message.ReplaceLineEndings(" ");
            Log.BackupFailed(logger, reason);
            await WriteLineAsync(stream, AdminProtocol.Error + reason);
        }
    }

    private async Task<string> ResetPasswordAsync(string name)
    {
        try
        {
            return AdminProtocol.Done + await broker.Admin.Accounts.ResetAsync(name);
        }
        catch (AdminException exception)
        {
            return AdminProtocol.Error + exception.Message.ReplaceLineEndings(" ");
        }
    }

    private static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] line = new byte[LongestRequest];
        int length = 0;
        while (length < line.Length)
        {
            int count = await stream.ReadAsync(line.AsMemory(length), cancellationToken);
            int end = line.AsSpan(length, count).IndexOf((byte)'\n');
            if (end >= 0)
            {
                return Encoding.UTF8.GetString(line, 0, length + end);
            }

            if (count == 0)
            {
                break;
            }

            length += count;
        }

        return "";
    }

    private static async Task WriteLineAsync(Stream stream, string line) => await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));
}
