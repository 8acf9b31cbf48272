using System.Text.Json;
using Microsoft.JSInterop;
using SkyTree.AspNetCore.Portal.Shared;

namespace SkyTree.AspNetCore.Portal.Traffic.Client;

/// <summary>The client of <c>js/mqtt-client.js</c> in the browser. A browser that has gone away has ended it.</summary>
internal sealed class BrowserClient : IAsyncDisposable
{
    private const long LargestPayload = 268_435_455; // of MQTT

    private readonly IJSObjectReference _module;
    private readonly IJSObjectReference _client;

    private BrowserClient(IJSObjectReference module, IJSObjectReference client)
    {
        _module = module;
        _client = client;
    }

    /// <summary>Makes one.</summary>
    /// <param name="runtime">The browser.</param>
    /// <param name="page">Is told <c>OnConnected</c>, <c>OnClosed</c> and <c>OnMessages</c>.</param>
    public static async Task<BrowserClient> CreateAsync<TPage>(IJSRuntime runtime, DotNetObjectReference<TPage> page)
        where TPage : class
    {
        IJSObjectReference module = await runtime.InvokeAsync<IJSObjectReference>("import", "./_content/SkyTree.AspNetCore/js/mqtt-client.js");
        return new BrowserClient(module, await module.InvokeAsync<IJSObjectReference>("create", page));
    }

    public ValueTask ConnectAsync(ClientForm form) => _client.InvokeVoidAsync("connect", form.ToConnect());

    public ValueTask EndAsync() => _client.InvokeVoidAsync("end");

    public ValueTask<ClientAnswer> SubscribeAsync(ClientForm form) => _client.InvokeAsync<ClientAnswer>("subscribe", form.Filter, form.ToSubscribe());

    public ValueTask<ClientAnswer> UnsubscribeAsync(string filter) => _client.InvokeAsync<ClientAnswer>("unsubscribe", filter);

    public ValueTask<ClientAnswer> PublishAsync(ClientForm form, byte[] payload) => _client.InvokeAsync<ClientAnswer>("publish", form.Topic, payload, form.ToPublish());

    public ValueTask ClearAsync() => _client.InvokeVoidAsync("clear");

    /// <summary>A message's whole payload.</summary>
    public Task<byte[]> ReadPayloadAsync(long number) => ReadAsync("payload", number);

    /// <summary>What else is known of a message; null: it has been forgotten.</summary>
    public async Task<ClientDetails?> ReadDetailsAsync(long number) => JsonSerializer.Deserialize<ClientDetails>(await ReadAsync("details", number), JsonSerializerOptions.Web);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await _client.InvokeVoidAsync("dispose");
            await _client.DisposeAsync();
            await _module.DisposeAsync();
        }
        catch (Exception exception) when (Browser.HasGone(exception))
        {
            // It went with its page.
        }
    }

    private async Task<byte[]> ReadAsync(string what, long number)
    {
        IJSStreamReference reference = await _client.InvokeAsync<IJSStreamReference>(what, number);
        await using (reference)
        {
            await using Stream stream = await reference.OpenReadStreamAsync(LargestPayload);
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes);
            return bytes.ToArray();
        }
    }
}
