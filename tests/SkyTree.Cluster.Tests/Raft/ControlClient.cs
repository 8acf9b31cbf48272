using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SkyTree.Cluster.Tests.Raft;

/// <summary>Talks to a node's control port. Requests of many threads are under way at once.</summary>
internal sealed class ControlClient : IDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _waiting = new();
    private readonly SemaphoreSlim _writing = new(1);
    private long _last;

    public static async Task<ControlClient> ConnectAsync(int port)
    {
        ControlClient control = new();
        await control._client.ConnectAsync(IPAddress.Loopback, port);
        _ = control.ReadAsync();
        return control;
    }

    /// <summary>Asks, and waits a minute at most.</summary>
    /// <exception cref="IOException">The node ended.</exception>
    public async Task<string> AskAsync(string verb, string rest = "")
    {
        string id = Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
        TaskCompletionSource<string> answer = _waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await _writing.WaitAsync();
        try
        {
            await _client.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"{verb} {id} {rest}\n"));
        }
        catch (Exception exception) when (exception is InvalidOperationException or ObjectDisposedException)
        {
            throw new IOException("The node has ended.", exception);
        }
        finally
        {
            _writing.Release();
        }

        return await answer.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }

    public void Dispose()
    {
        _client.Dispose();
        _writing.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            using StreamReader reader = new(_client.GetStream());
            while (await reader.ReadLineAsync() is { } line)
            {
                string[] words = line.Split(' ', 2);
                if (_waiting.TryRemove(words[0], out TaskCompletionSource<string>? answer))
                {
                    answer.TrySetResult(words[1]);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // Killed; whoever waits is told below.
        }

        _client.Close();
        foreach (TaskCompletionSource<string> answer in _waiting.Values)
        {
            answer.TrySetException(new IOException("The node has ended."));
        }
    }
}
