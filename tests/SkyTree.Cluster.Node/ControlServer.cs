using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using SkyTree.Cluster.Raft;

namespace SkyTree.Cluster.Node;

/// <summary>Lets a test drive a node in another process, and other nodes fetch its checkpoints. One line is one request.</summary>
internal sealed class ControlServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private RaftNode _raft = null!;
    private KeyValueState _state = null!;

    public ControlServer() => _listener.Start();

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Start(RaftNode raft, KeyValueState state)
    {
        _raft = raft;
        _state = state;
        _ = AcceptAsync();
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        CancellationToken stopping = _stopping.Token;
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(stopping), stopping);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The node ends.
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken stopping)
    {
        client.NoDelay = true;
        using (client)
        using (StreamReader reader = new(client.GetStream()))
        using (SemaphoreSlim writing = new(1))
        {
            try
            {
                while (await reader.ReadLineAsync(stopping) is { } line)
                {
                    string[] words = line.Split(' ');
                    if (words[0] == "file")
                    {
                        await SendFileAsync(words, client.GetStream(), stopping);
                    }
                    else
                    {
                        // Proposals of one connection wait together; the answers carry the request's number.
                        _ = AnswerAsync(words, client.GetStream(), writing, stopping);
                    }
                }
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // Whoever asked is gone.
            }
        }
    }

    private async Task AnswerAsync(string[] words, NetworkStream stream, SemaphoreSlim writing, CancellationToken stopping)
    {
        try
        {
            string answer;
            try
            {
                answer = await HandleAsync(words, stopping);
            }
            catch (Exception exception) when (exception is RaftException or IOException)
            {
                answer = $"error {exception.Message}";
            }

            byte[] bytes = Encoding.UTF8.GetBytes($"{words[1]} {answer}\n");
            await writing.WaitAsync(stopping);
            await stream.WriteAsync(bytes, stopping);
            writing.Release();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Whoever asked is gone.
        }
    }

    private async Task<string> HandleAsync(string[] words, CancellationToken stopping)
    {
        switch (words[0])
        {
            case "put":
                byte[] entry = KeyValueState.Entry(Number(words[2]), (int)Number(words[3]));
                ReplicationResult result = await _raft.ReplicateAsync(entry, null, stopping);
                return string.Create(CultureInfo.InvariantCulture, $"{result.Outcome} {result.Index}");
            case "status":
                return string.Create(CultureInfo.InvariantCulture, $"{(_raft.IsLeader ? "leader" : "follower")} {_raft.Term} {_raft.CommitIndex} {_raft.LastAppliedIndex} {_raft.LastIndex} {_raft.Members.Count} {_raft.Leader?.EndPoint}");
            case "barrier":
                await _raft.BarrierAsync(stopping);
                return "done";
            case "numbers":
                return string.Join(' ', _state.Read().Numbers);
            case "hash":
                return _state.Read().Hash;
            case "add":
                await _raft.AddMemberAsync(IPEndPoint.Parse(words[2]), stopping);
                return "done";
            case "remove":
                await _raft.RemoveMemberAsync(IPEndPoint.Parse(words[2]), stopping);
                return "done";
            default:
                return $"error '{words[0]}' is no request";
        }
    }

    private async Task SendFileAsync(string[] words, NetworkStream stream, CancellationToken stopping)
    {
        await using FileStream file = _raft.OpenCheckpointFile(Number(words[1]), Number(words[2]), words[3]);
        file.Seek(Number(words[4]), SeekOrigin.Begin);
        await file.CopyToAsync(stream, stopping);
        stream.Socket.Shutdown(SocketShutdown.Send);
    }

    private static long Number(string word) => long.Parse(word, CultureInfo.InvariantCulture);
}
