using System.Globalization;
using SkyTree.Broker.Tests.Harness;

namespace SkyTree.Broker.Tests.Scenarios;

/// <summary>
/// Plays a scenario against a broker of its own and compares what the broker does with what the file says. It never
/// sleeps: what is expected is awaited, and that nothing else comes is shown by a PINGREQ whose answer comes next.
/// </summary>
internal sealed class ScenarioRunner(Scenario scenario, string version)
{
    private readonly Dictionary<string, TestClient> _clients = [];
    private readonly HashSet<string> _connected = [];
    private readonly Dictionary<string, string> _variables = [];
    private readonly List<string> _transcript = [];
    private readonly List<ScenarioChange> _changes = [];
    private Task _stopping = Task.CompletedTask;

    private int Level => version switch { "v31" => 3, "v311" => 4, _ => 5 };

    /// <summary>Where the broker did otherwise than the file says; empty when all is well.</summary>
    public IReadOnlyList<ScenarioChange> Changes => _changes;

    /// <summary>What happened, line by line.</summary>
    public string Transcript => string.Join('\n', _transcript);

    /// <summary>Plays the scenario.</summary>
    /// <param name="toTheEnd">Goes on after a difference, to collect all of them.</param>
    public async Task RunAsync(bool toTheEnd)
    {
        await using TestBroker broker = await TestBroker.StartAsync(scenario.BuildOptions(), scenario.BuildLimits(), storeOptions: scenario.BuildStoreOptions());
        broker.Authorizer.DeniedPublishes = scenario.DeniedPublishes;
        broker.Authorizer.DeniedSubscriptions = scenario.DeniedSubscriptions;
        foreach (string user in scenario.Users)
        {
            string[] parts = user.Split(':');
            broker.Authenticator.Users[parts[0]] = parts[1];
        }

        for (int i = 0; i < scenario.Lines.Count && (toTheEnd || _changes.Count == 0); i++)
        {
            ScenarioLine line = scenario.Lines[i];
            string step = line.For(version);
            if (step.Contains(" <~ ", StringComparison.Ordinal))
            {
                List<ScenarioLine> group = [line];
                while (i + 1 < scenario.Lines.Count && SameGroup(step, scenario.Lines[i + 1].For(version)))
                {
                    group.Add(scenario.Lines[++i]);
                }

                await ExpectInAnyOrderAsync(group);
            }
            else if (step.Length > 0)
            {
                await StepAsync(broker, line, step);
            }
        }

        if (toTheEnd || _changes.Count == 0)
        {
            await FenceAsync();
        }

        await _stopping.WaitAsync(Deadline.Default);
    }

    private static bool SameGroup(string step, string next) =>
        next.Contains(" <~ ", StringComparison.Ordinal) && next.Split(' ')[0] == step.Split(' ')[0];

    private async Task StepAsync(TestBroker broker, ScenarioLine line, string step)
    {
        string[] parts = step.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        switch (parts)
        {
            case ["advance", string time]:
                await broker.AdvanceAsync(Duration(time));
                _transcript.Add(step);
                break;
            case ["stop"]:
                _stopping = broker.Broker.StopAsync().AsTask();
                _transcript.Add(step);
                break;
            case [string name, ">", string packet]:
                await SendAsync(broker, name, packet);
                break;
            case [string name, "<", string packet]:
                await ExpectAsync(line, name, packet);
                break;
            case [string name, "closed"]:
                await ExpectCloseAsync(line, name);
                break;
            case [string name, "silent"]:
                await ExpectSilenceAsync(line, name);
                break;
            case [string name, "drop"]:
                await _clients[name].DropAsync();
                _connected.Remove(name);
                _transcript.Add(step);
                break;
            case [string name, "eof"]:
                _clients[name].Connection.EndOfStream();
                _transcript.Add(step);
                break;
            default:
                throw new FormatException($"{scenario.Name}:{line.Number}: {step} is not understood");
        }
    }

    private async Task SendAsync(TestBroker broker, string name, string text)
    {
        if (!_clients.TryGetValue(name, out TestClient? client) || client.Connection.Served.IsCompleted)
        {
            client = broker.Open(Level);
            _clients[name] = client;
        }

        List<string> tokens = TextValue.Split(text);
        switch (tokens[0])
        {
            case "hex":
                await client.SendAsync(PacketEncoder.Hex(tokens.Skip(1)));
                break;
            case "frame":
                byte[] first = PacketEncoder.Hex(tokens.Skip(1).Take(1));
                await client.SendAsync(PacketEncoder.Frame(first[0], PacketEncoder.Hex(tokens.Skip(2))));
                break;
            default:
                Packet packet = Packet.Parse(Substitute(text));
                if (packet.Name == "CONNECT" && !packet.Has("client"))
                {
                    packet.Fields.Add(new Field("client", name));
                }

                await client.SendAsync(packet);
                break;
        }

        _transcript.Add($"{name} > {text}");
    }

    private async Task ExpectAsync(ScenarioLine line, string name, string text)
    {
        Packet expected = Expectation(text);
        (Packet? packet, string actual) = await NextAsync(name);
        if (packet is null || !expected.Matches(packet, _variables))
        {
            _changes.Add(new ScenarioChange(line.Number, actual.Length == 0 ? null : Named(actual, expected, packet), Replaces: true));
        }

        Note(name, packet);
        _transcript.Add(actual.Length == 0 ? $"{name} < nothing" : actual);
    }

    /// <summary>What happened, with the name that the file gives to the packet identifier instead of its number.</summary>
    private string Named(string actual, Packet expected, Packet? packet)
    {
        if (packet?["id"] is not { } id || expected["id"] is not { } name || !Packet.IsVariable(name))
        {
            return actual;
        }

        _variables[name] = id;
        return actual.Replace($" id={id} ", $" id={name} ", StringComparison.Ordinal);
    }

    private async Task ExpectInAnyOrderAsync(List<ScenarioLine> group)
    {
        string name = group[0].For(version).Split(' ')[0];
        List<(ScenarioLine Line, Packet Packet)> open =
            [.. group.Select(line => (line, Expectation(line.For(version).Split(" <~ ", 2)[1])))];
        for (int i = 0; i < group.Count; i++)
        {
            (Packet? packet, string actual) = await NextAsync(name);
            int found = packet is null ? -1 : open.FindIndex(candidate => candidate.Packet.Matches(packet, _variables));
            if (found < 0)
            {
                _changes.Add(new ScenarioChange(open[0].Line.Number, actual.Length == 0 ? null : actual.Replace(" < ", " <~ ", StringComparison.Ordinal), Replaces: true));
                found = 0;
            }

            open.RemoveAt(found);
            Note(name, packet);
            _transcript.Add(actual.Length == 0 ? $"{name} < nothing" : actual);
            if (packet is null)
            {
                break;
            }
        }
    }

    private async Task ExpectCloseAsync(ScenarioLine line, string name)
    {
        while (true)
        {
            (Packet? packet, string actual) = await NextAsync(name);
            _transcript.Add(actual.Length == 0 ? $"{name} stays open" : actual);
            if (packet is null)
            {
                if (actual.Length == 0)
                {
                    _changes.Add(new ScenarioChange(line.Number, null, Replaces: true));
                }
                else
                {
                    await _clients[name].Connection.Served.WaitAsync(Deadline.Default);
                }

                _connected.Remove(name);
                return;
            }

            _changes.Add(new ScenarioChange(line.Number, actual, Replaces: false));
        }
    }

    private async Task ExpectSilenceAsync(ScenarioLine line, string name)
    {
        await _clients[name].SendAsync("PINGREQ");
        while (true)
        {
            (Packet? packet, string actual) = await NextAsync(name);
            if (packet?.Name == "PINGRESP")
            {
                _transcript.Add($"{name} silent");
                return;
            }

            _transcript.Add(actual.Length == 0 ? $"{name} < nothing, not even PINGRESP" : actual);
            _changes.Add(new ScenarioChange(line.Number, actual.Length == 0 ? null : actual, Replaces: packet is null));
            if (packet is null)
            {
                _connected.Remove(name);
                return;
            }
        }
    }

    /// <summary>Nothing more is on its way to anybody. Twice, since the first round may show what the broker still does for another client.</summary>
    private async Task FenceAsync()
    {
        ScenarioLine end = new(scenario.Lines[^1].Number + 1, "");
        for (int round = 0; round < 2; round++)
        {
            foreach (string name in _connected.ToArray())
            {
                await ExpectSilenceAsync(end, name);
            }
        }
    }

    /// <summary>The next packet and its line; no packet and <c>closed</c> at the end; no packet and no line when nothing came.</summary>
    private async Task<(Packet? Packet, string Line)> NextAsync(string name)
    {
        try
        {
            Packet? packet = await _clients[name].ReceiveOrEndAsync();
            return (packet, packet is null ? $"{name} closed" : $"{name} < {packet}");
        }
        catch (OperationCanceledException)
        {
            return (null, "");
        }
    }

    private void Note(string name, Packet? packet)
    {
        if (packet?.Name == "CONNACK" && packet.Reasons[0] == "success")
        {
            _connected.Add(name);
        }
        else if (packet is null || packet.Name == "DISCONNECT")
        {
            _connected.Remove(name);
        }
    }

    private Packet Expectation(string text)
    {
        Packet expected = Packet.Parse(text);
        if (expected.Name == "PUBLISH")
        {
            expected.Payload ??= expected.Open ? null : [];
        }

        if (Level == 3 && expected.Name == "CONNACK")
        {
            // MQTT 3.1 has no Session Present: the byte is reserved.
            expected.Fields.RemoveAll(field => field.Key == "session");
            expected.Fields.Add(new Field("session", "0"));
        }

        expected.Sort();
        return expected;
    }

    private string Substitute(string text)
    {
        foreach ((string variable, string value) in _variables)
        {
            text = text.Replace(variable, value, StringComparison.Ordinal);
        }

        return text;
    }

    private static TimeSpan Duration(string text)
    {
        int unit = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        double amount = double.Parse(text.AsSpan(0, unit), CultureInfo.InvariantCulture);
        return text[unit..] switch
        {
            "ms" => TimeSpan.FromMilliseconds(amount),
            "s" => TimeSpan.FromSeconds(amount),
            "m" => TimeSpan.FromMinutes(amount),
            "h" => TimeSpan.FromHours(amount),
            "d" => TimeSpan.FromDays(amount),
            _ => throw new FormatException($"{text} is not a duration"),
        };
    }
}
