using System.Globalization;

namespace SkyTree.Interop.Tests.Clients;

/// <summary>
/// mosquitto_sub and mosquitto_pub. Neither only connects: the connection of <see cref="ConnectAsync"/> is opened by the first
/// <see cref="SubscribeAsync"/>, and each publish has one of its own.
/// </summary>
internal sealed class MosquittoClient(Uri address, int version, string? authorityPath, Inbox inbox) : IInteropClient
{
    private const string Mark = "MESSAGE";

    private ConnectSettings? _settings;
    private ChildProcess? _subscriber;

    public Task<bool?> ConnectAsync(ConnectSettings settings)
    {
        _settings = settings;
        return Task.FromResult<bool?>(null);
    }

    public async Task<int> SubscribeAsync(string filter, int qos)
    {
        var granted = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _subscriber = ChildProcess.Start(
            "stdbuf", // a line at a time, although it writes to a pipe
            [
                "-oL", "mosquitto_sub", .. Common(_settings!), .. Session(_settings!), .. Will(_settings!.Will),
                "-d", "-t", filter, "-q", Number(qos), "-F", $"{Mark}\t%q\t%r\t%t\t%x\t%C\t%R\t%D\t%P",
            ],
            line => Take(line, granted));
        Task first = await Task.WhenAny(granted.Task, _subscriber.Exited).WaitAsync(Deadline.Step);
        return first == granted.Task ? await granted.Task : throw new InvalidOperationException($"mosquitto_sub ended:\n{_subscriber.Output}");
    }

    public async Task PublishAsync(Message message)
    {
        string[] payload = message.Payload.Length == 0 ? ["-n"] : ["-s"];
        string[] retain = message.Retain ? ["-r"] : [];
        await using ChildProcess publisher = ChildProcess.Start(
            "mosquitto_pub",
            [.. Common(_settings!, "p"), "-t", message.Topic, "-q", Number(message.QoS), .. retain, .. payload, .. Properties(message.Properties)]);
        await publisher.Input.BaseStream.WriteAsync(message.Payload);
        publisher.Input.Close();
        await publisher.Exited.WaitAsync(Deadline.Step);
        if (publisher.ExitCode != 0)
        {
            throw new InvalidOperationException($"mosquitto_pub ended with {publisher.ExitCode}: {publisher.Output}");
        }
    }

    public Task<Message> ReceiveAsync() => inbox.TakeAsync();

    public async Task DisconnectAsync()
    {
        if (_subscriber is not null)
        {
            await _subscriber.StopAsync();
            await _subscriber.DisposeAsync();
            _subscriber = null;
        }
    }

    public async Task CrashAsync()
    {
        await _subscriber!.DisposeAsync();
        _subscriber = null;
    }

    public async ValueTask DisposeAsync() => await DisconnectAsync();

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string[] Will(Message? will) => will is null ? [] :
    [
        "--will-topic", will.Topic, "--will-payload", System.Text.Encoding.UTF8.GetString(will.Payload), "--will-qos", Number(will.QoS),
        .. will.Retain ? (string[])["--will-retain"] : [],
    ];

    private static IEnumerable<string> Properties(MessageProperties? properties) => properties is null ? [] :
    [
        "-D", "publish", "content-type", properties.ContentType,
        "-D", "publish", "response-topic", properties.ResponseTopic,
        "-D", "publish", "correlation-data", System.Text.Encoding.UTF8.GetString(Convert.FromHexString(properties.CorrelationData)),
        .. properties.UserProperties.SelectMany(pair => (string[])["-D", "publish", "user-property", pair.Key, pair.Value]),
    ];

    private string[] Common(ConnectSettings settings, string suffix = "") =>
    [
        "-h", address.Host, "-p", Number(address.Port), "-i", settings.ClientId + suffix, "-V", version switch { 3 => "mqttv31", 4 => "mqttv311", _ => "mqttv5" },
        .. address.Scheme == "mqtts" ? (string[])["--cafile", authorityPath!] : [],
        .. settings.UserName is null ? [] : (string[])["-u", settings.UserName, "-P", settings.Password!],
    ];

    private string[] Session(ConnectSettings settings) =>
    [
        .. settings.CleanStart ? [] : (string[])["-c"],
        .. version == 5 && settings.SessionExpirySeconds > 0 ? (string[])["-x", Number(settings.SessionExpirySeconds)] : [],
    ];

    private void Take(string line, TaskCompletionSource<int> granted)
    {
        if (line.StartsWith("Subscribed (mid:", StringComparison.Ordinal))
        {
            granted.TrySetResult(int.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
        }
        else if (line.Split('\t') is [Mark, var qos, var retain, var topic, var payload, var contentType, var responseTopic, var correlationData, var user])
        {
            MessageProperties? properties = contentType.Length == 0 ? null : new(
                contentType,
                responseTopic,
                Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(correlationData)),
                user.Split(' ').Select(pair => pair.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1]));
            inbox.Add(new Message(topic, Convert.FromHexString(payload), int.Parse(qos, CultureInfo.InvariantCulture), retain == "1", properties));
        }
    }
}
