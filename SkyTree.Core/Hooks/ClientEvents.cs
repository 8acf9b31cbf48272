using System.Threading.Channels;
using SkyTree.Core.Security;

namespace SkyTree.Core.Hooks;

/// <summary>What client hooks are told, one thing after the other. Who is slow misses the oldest.</summary>
internal sealed class ClientEvents : IAsyncDisposable
{
    private const int LongestQueue = 10_000;

    private readonly IClientHook[] _hooks;
    private readonly HookCalls _calls;
    private readonly Channel<Func<IClientHook, CancellationToken, ValueTask>> _events;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _telling;
    private long _missed; // interlocked

    /// <summary>Begins to tell.</summary>
    /// <param name="hooks">Who is told, in this order.</param>
    /// <param name="calls">Calls them.</param>
    public ClientEvents(IClientHook[] hooks, HookCalls calls)
    {
        (_hooks, _calls) = (hooks, calls);
        _events = Channel.CreateBounded<Func<IClientHook, CancellationToken, ValueTask>>(
            new BoundedChannelOptions(LongestQueue) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            _ => Interlocked.Increment(ref _missed));
        _telling = Task.Run(TellAsync);
    }

    /// <summary>What nobody was told since there was too much.</summary>
    public long Missed => Volatile.Read(ref _missed);

    public void Connected(ClientIdentity client) => _events.Writer.TryWrite((hook, token) => hook.OnConnectedAsync(client, token));

    public void Disconnected(ClientIdentity client, string reason) => _events.Writer.TryWrite((hook, token) => hook.OnDisconnectedAsync(client, reason, token));

    public void SessionExpired(string clientId) => _events.Writer.TryWrite((hook, token) => hook.OnSessionExpiredAsync(clientId, token));

    /// <summary>Nothing more happens: completes when everything has been told.</summary>
    public Task CompleteAsync()
    {
        _events.Writer.TryComplete();
        return _telling;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _events.Writer.TryComplete();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _telling.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task TellAsync()
    {
        try
        {
            await foreach (Func<IClientHook, CancellationToken, ValueTask> tell in _events.Reader.ReadAllAsync(_stopping.Token).ConfigureAwait(false))
            {
                foreach (IClientHook hook in _hooks)
                {
                    await _calls.AskAsync(HookKind.Client, hook, ToldAsync, tell, _stopping.Token).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The broker stops.
        }
    }

    private static async ValueTask<bool> ToldAsync(IClientHook hook, Func<IClientHook, CancellationToken, ValueTask> tell, CancellationToken cancellationToken)
    {
        await tell(hook, cancellationToken).ConfigureAwait(false);
        return true;
    }
}
