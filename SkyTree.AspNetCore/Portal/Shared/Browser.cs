using Microsoft.JSInterop;

namespace SkyTree.AspNetCore.Portal.Shared;

/// <summary>What pages ask of the browser. Nothing here fails because a browser has gone away.</summary>
public sealed class Browser(IJSRuntime runtime) : IAsyncDisposable
{
    private Task<IJSObjectReference>? _module;

    /// <summary>Puts a text on the clipboard.</summary>
    /// <param name="text">The text.</param>
    /// <returns>False: the browser does not allow it here.</returns>
    public ValueTask<bool> CopyAsync(string text) => AskAsync<bool>("copy", text);

    /// <summary>Offers a file.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its media type.</param>
    /// <param name="content">What is in it; read while this waits.</param>
    public async ValueTask DownloadAsync(string name, string type, Stream content)
    {
        using DotNetStreamReference reference = new(content, leaveOpen: true);
        await AskAsync<object?>("download", name, type, reference);
    }

    /// <summary>What this browser keeps under a name; null: nothing.</summary>
    /// <param name="name">The name.</param>
    public ValueTask<string?> RecallAsync(string name) => AskAsync<string?>("recall", name);

    /// <summary>Has this browser keep a preference.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">What it is; null: forgets it.</param>
    public async ValueTask RememberAsync(string name, string? text) => await AskAsync<object?>("remember", name, text);

    /// <summary>Calls a function of <c>js/portal.js</c>.</summary>
    /// <typeparam name="T">What it answers.</typeparam>
    /// <param name="function">Its name.</param>
    /// <param name="arguments">What it is given.</param>
    /// <returns>The answer; the default when the browser has gone.</returns>
    public async ValueTask<T> AskAsync<T>(string function, params object?[] arguments)
    {
        try
        {
            IJSObjectReference module = await (_module ??= runtime.InvokeAsync<IJSObjectReference>("import", "./_content/SkyTree.AspNetCore/js/portal.js").AsTask());
            return await module.InvokeAsync<T>(function, arguments);
        }
        catch (Exception exception) when (HasGone(exception))
        {
            return default!;
        }
    }

    /// <summary>Whether a call failed only because there is no browser, or no page in it, to answer any more.</summary>
    /// <param name="exception">What the call threw.</param>
    public static bool HasGone(Exception exception) => exception is JSDisconnectedException or OperationCanceledException or ObjectDisposedException;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_module is { IsCompletedSuccessfully: true })
        {
            try
            {
                await (await _module).DisposeAsync();
            }
            catch (Exception exception) when (HasGone(exception))
            {
                // It went with its page.
            }
        }
    }
}
