using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SkyTree.Interop.Tests.Clients;

/// <summary>A program that drives a client library of another language. It is used for one client after the other.</summary>
internal sealed class DriverProcess : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<string, ConcurrentBag<DriverProcess>> s_idle = new();

    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _pending = new();
    private readonly ChildProcess _process;
    private readonly string _program;
    private volatile Inbox _inbox = new();
    private int _lastId; // used by one client at a time

    private DriverProcess(string program, string script)
    {
        _program = program;
        _process = ChildProcess.Start(program, [Path.Combine(Repository.Root, "tests", script)], Take);
        _ = FailPendingAtExitAsync();
    }

    public static DriverProcess Rent(string program, string script)
    {
        if (s_idle.GetOrAdd(program, _ => []).TryTake(out DriverProcess? idle))
        {
            return idle;
        }

        return new DriverProcess(program, script);
    }

    public static async Task StopAllAsync()
    {
        foreach (DriverProcess driver in s_idle.Values.SelectMany(idle => idle))
        {
            await driver.DisposeAsync();
        }

        s_idle.Clear();
    }

    public void Return() => s_idle[_program].Add(this);

    /// <summary>From now on messages go there.</summary>
    public void DeliverTo(Inbox inbox) => _inbox = inbox;

    public async Task<JsonNode> AskAsync(JsonObject command)
    {
        int id = ++_lastId;
        command["id"] = id;
        var answer = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[id] = answer;
        await _process.Input.WriteLineAsync(command.ToJsonString());
        await _process.Input.FlushAsync();
        try
        {
            return await answer.Task.WaitAsync(Deadline.Step);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"No answer to '{command["do"]}'. {_program} wrote:\n{_process.Output}");
        }
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private void Take(string line)
    {
        JsonNode answer = JsonNode.Parse(line)!;
        if (answer["message"] is { } message)
        {
            _inbox.Add(new Message(
                (string)message["topic"]!,
                Convert.FromHexString((string)message["payload"]!),
                (int)message["qos"]!,
                (bool)message["retain"]!,
                message["properties"].Deserialize<MessageProperties>(JsonSerializerOptions.Web)));
        }
        else if (_pending.TryRemove((int)answer["id"]!, out TaskCompletionSource<JsonNode>? asked))
        {
            if (answer["error"] is { } error)
            {
                asked.SetException(new InvalidOperationException((string)error!));
            }
            else
            {
                asked.SetResult(answer);
            }
        }
    }

    private async Task FailPendingAtExitAsync()
    {
        await _process.Exited;
        foreach (TaskCompletionSource<JsonNode> asked in _pending.Values)
        {
            asked.TrySetException(new InvalidOperationException($"{_program} ended:\n{_process.Output}"));
        }
    }
}
