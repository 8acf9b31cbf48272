using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using SkyTree.AspNetCore.Portal.Fields;

namespace SkyTree.AspNetCore.Portal.Traffic.Client;

/// <summary>An MQTT client in the browser, to try out what devices do.</summary>
public sealed partial class ClientPage
{
    private const int Shown = 200; // messages; the browser keeps more than is drawn

    private static readonly IReadOnlyList<Choice> s_qos = Choice.Of("0", "1", "2");

    private readonly ClientForm _form = new();
    private readonly List<ClientMessage> _messages = []; // newest first
    private readonly List<ClientSubscription> _subscriptions = [];
    private readonly DotNetObjectReference<ClientPage> _self;
    private IReadOnlyList<Choice> _versions = [];
    private IReadOnlyList<Choice> _handlings = [];
    private IReadOnlyDictionary<string, string> _connack = new Dictionary<string, string>();
    private BrowserClient? _client;
    private ClientState _state;
    private ClientMessage? _chosen;
    private ClientDetails? _details;
    private byte[]? _payload;
    private string? _note;
    private string? _published;
    private bool _isTrouble;
    private long _received;
    private long _skipped;

    /// <summary>Creates the page.</summary>
    public ClientPage() => _self = DotNetObjectReference.Create(this);

    [Inject]
    private IJSRuntime Runtime { get; set; } = default!;

    [SupplyParameterFromQuery(Name = "topic")]
    private string? Topic { get; set; }

    [SupplyParameterFromQuery(Name = "filter")]
    private string? Filter { get; set; }

    /// <summary>The client says that it is connected.</summary>
    /// <param name="sessionPresent">Whether the broker had its session.</param>
    /// <param name="properties">The properties of CONNACK.</param>
    [JSInvokable]
    public void OnConnected(bool sessionPresent, Dictionary<string, string> properties)
    {
        _state = ClientState.Connected;
        _connack = properties;
        (_note, _isTrouble) = (L[sessionPresent ? "Client.Resumed" : "Client.ConnectedNote"], false);
        StateHasChanged();
    }

    /// <summary>The client says that its connection is closed.</summary>
    /// <param name="reason">The reason code; null: none was given.</param>
    /// <param name="text">More about it; null: nothing is known.</param>
    [JSInvokable]
    public void OnClosed(int? reason, string? text)
    {
        _state = ClientState.Closed;
        _subscriptions.Clear();
        _isTrouble = true;
        _note = (reason, text) switch
        {
            ({ } code, { Length: > 0 }) => L["Client.ClosedBecause", $"{text} (0x{code:X2})"],
            ({ } code, _) => L["Client.ClosedBecause", $"0x{code:X2}"],
            (null, { Length: > 0 }) => L["Client.ClosedBecause", text],
            _ => L["Client.Closed"],
        };
        StateHasChanged();
    }

    /// <summary>The client tells what has come.</summary>
    /// <param name="messages">Messages, oldest first.</param>
    /// <param name="skipped">So many came too fast to be told.</param>
    [JSInvokable]
    public void OnMessages(ClientMessage[] messages, int skipped)
    {
        ArgumentNullException.ThrowIfNull(messages);
        _received += messages.Length + skipped;
        _skipped += skipped;
        _messages.InsertRange(0, messages.Reverse());
        if (_messages.Count > Shown)
        {
            _messages.RemoveRange(Shown, _messages.Count - Shown);
        }

        StateHasChanged();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Dispose();
        _self.Dispose();
        if (_client is { } client)
        {
            _client = null;
            await client.DisposeAsync();
        }
    }

    /// <inheritdoc/>
    protected override void OnInitialized()
    {
        _versions = [new("5", "MQTT 5.0"), new("4", "MQTT 3.1.1")];
        _handlings = [new("0", L["Client.Handling.0"]), new("1", L["Client.Handling.1"]), new("2", L["Client.Handling.2"])];
        _form.ClientId = "portal-" + Guid.NewGuid().ToString("N")[..8];
        _form.Topic = Topic ?? "";
        _form.Filter = string.IsNullOrEmpty(Filter) ? string.IsNullOrEmpty(Topic) ? "#" : Topic : Filter;
    }

    private async Task ConnectAsync()
    {
        (_state, _note, _connack) = (ClientState.Connecting, null, new Dictionary<string, string>());
        await (_client ??= await BrowserClient.CreateAsync(Runtime, _self)).ConnectAsync(_form);
    }

    private async Task DisconnectAsync()
    {
        await _client!.EndAsync();
        _state = ClientState.Closed;
        _subscriptions.Clear();
        (_note, _isTrouble) = (L["Client.Ended"], false);
    }

    private async Task SubscribeAsync()
    {
        string filter = _form.Filter;
        ClientAnswer answer = await _client!.SubscribeAsync(_form);
        if (answer is { Error: null, Reason: { } granted and < 0x80 })
        {
            _subscriptions.RemoveAll(subscription => subscription.Filter == filter);
            _subscriptions.Add(new ClientSubscription(filter, granted));
            _note = null;
        }
        else
        {
            Complain("Client.NotSubscribed", answer);
        }
    }

    private async Task UnsubscribeAsync(ClientSubscription subscription)
    {
        ClientAnswer answer = await _client!.UnsubscribeAsync(subscription.Filter);
        if (answer.Error is null)
        {
            _subscriptions.Remove(subscription);
        }
        else
        {
            Complain("Client.NotUnsubscribed", answer);
        }
    }

    private async Task PublishAsync()
    {
        if (PayloadInput.Read(_form.Way, _form.Typed) is not { } payload)
        {
            return; // its field says why
        }

        ClientAnswer answer = await _client!.PublishAsync(_form, payload);
        if (answer is { Error: null } and not { Reason: >= 0x80 })
        {
            _published = answer.Reason == 0x10 ? L["Client.PublishedToNobody", _form.Topic] : L["Client.Published", _form.Topic];
            _note = null;
        }
        else
        {
            _published = null;
            Complain("Client.NotPublished", answer);
        }
    }

    private async Task ChooseAsync(ClientMessage message)
    {
        (_payload, _details) = (null, null);
        if (_chosen == message)
        {
            _chosen = null;
            return;
        }

        _chosen = message;
        byte[] payload = await _client!.ReadPayloadAsync(message.Number);
        ClientDetails? details = await _client.ReadDetailsAsync(message.Number);
        if (_chosen == message)
        {
            // What the browser has forgotten is shown as far as it was told.
            (_payload, _details) = (details is null ? message.Preview : payload, details);
        }
    }

    private async Task ClearAsync()
    {
        _messages.Clear();
        (_chosen, _received, _skipped) = (null, 0, 0);
        await _client!.ClearAsync();
    }

    private void Complain(string text, ClientAnswer answer)
    {
        string why = answer.Error ?? "";
        if (answer.Reason is { } reason and >= 0x80)
        {
            why = string.Create(CultureInfo.InvariantCulture, $"{why} (0x{reason:X2})").Trim();
        }

        (_note, _isTrouble) = (L[text, why], true);
    }
}
