using System.Text.Json;
using System.Text.Json.Nodes;

namespace SkyTree.Interop.Tests.Clients;

/// <summary>paho or MQTT.js, in a process of its own.</summary>
internal sealed class DriverClient(string program, string script, Uri address, int version, string? authorityPath, Inbox inbox) : IInteropClient
{
    private DriverProcess? _driver;
    private bool _connected;

    public async Task<bool?> ConnectAsync(ConnectSettings settings)
    {
        _driver ??= DriverProcess.Rent(program, script);
        _driver.DeliverTo(inbox);
        var command = new JsonObject
        {
            ["do"] = "connect",
            ["url"] = address.AbsoluteUri,
            ["version"] = version,
            ["clientId"] = settings.ClientId,
            ["cleanStart"] = settings.CleanStart,
            ["sessionExpirySeconds"] = settings.SessionExpirySeconds,
            ["authority"] = authorityPath,
            ["userName"] = settings.UserName,
            ["password"] = settings.Password,
        };
        if (settings.Will is { } will)
        {
            command["will"] = Describe(will);
        }

        JsonNode answer = await _driver.AskAsync(command);
        _connected = true;
        return version == 3 ? null : (bool)answer["sessionPresent"]!;
    }

    public async Task<int> SubscribeAsync(string filter, int qos) =>
        (int)(await _driver!.AskAsync(new JsonObject { ["do"] = "subscribe", ["filter"] = filter, ["qos"] = qos }))["granted"]!;

    public async Task PublishAsync(Message message)
    {
        JsonObject command = Describe(message);
        command["do"] = "publish";
        await _driver!.AskAsync(command);
    }

    public Task<Message> ReceiveAsync() => inbox.TakeAsync();

    public async Task DisconnectAsync()
    {
        await _driver!.AskAsync(new JsonObject { ["do"] = "disconnect" });
        _connected = false;
    }

    public async Task CrashAsync()
    {
        DriverProcess driver = _driver!;
        _driver = null;
        await driver.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_driver is null)
        {
            return;
        }

        // A driver in an unknown state is not used again.
        try
        {
            if (_connected)
            {
                await DisconnectAsync();
            }

            _driver.DeliverTo(new Inbox());
            _driver.Return();
        }
        catch (Exception exception) when (exception is InvalidOperationException or TimeoutException or IOException)
        {
            await _driver.DisposeAsync();
        }
    }

    private static JsonObject Describe(Message message) => new()
    {
        ["topic"] = message.Topic,
        ["payload"] = Convert.ToHexString(message.Payload),
        ["qos"] = message.QoS,
        ["retain"] = message.Retain,
        ["properties"] = message.Properties is null ? null : JsonSerializer.SerializeToNode(message.Properties, JsonSerializerOptions.Web),
    };
}
