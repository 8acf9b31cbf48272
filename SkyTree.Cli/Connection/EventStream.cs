using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Connection;

/// <summary>What happens on a server, as server-sent events. A stream that ends is gone on with behind the last event.</summary>
/// <param name="api">The server.</param>
/// <param name="query">Which events.</param>
internal sealed class EventStream(ServerApi api, ApiQuery query)
{
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(60); // four heartbeats
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <summary>The events; their ends and heartbeats are left out, gaps are among them.</summary>
    /// <exception cref="CliException">The server refuses, or cannot be reached for as long as an answer is waited for.</exception>
    public async IAsyncEnumerable<JsonNode> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? last = null;
        while (true)
        {
            using HttpResponseMessage response = await ConnectAsync(last, cancellationToken);
            using CancellationTokenSource silent = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken);
            await using IAsyncEnumerator<SseItem<string>> events = SseParser.Create(body).EnumerateAsync(silent.Token).GetAsyncEnumerator(silent.Token);
            while (await NextAsync(events, silent, cancellationToken))
            {
                last = events.Current.EventId ?? last;
                if (events.Current.EventType is not ("open" or "heartbeat") && JsonNode.Parse(events.Current.Data) is { } happened)
                {
                    yield return happened;
                }
            }
        }
    }

    // The first connection succeeds or not; later ones are tried for as long as an answer is waited for.
    private async Task<HttpResponseMessage> ConnectAsync(string? last, CancellationToken cancellationToken)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await api.OpenAsync("events" + query, cancellationToken, last is null ? [] : [("Last-Event-ID", last)]);
            }
            catch (CliException exception) when (exception.ExitCode == ExitCode.Unreachable && last is not null && TimeProvider.System.GetElapsedTime(started) < api.Target.Timeout)
            {
                await Task.Delay(s_pause, cancellationToken);
            }
        }
    }

    private static async Task<bool> NextAsync(IAsyncEnumerator<SseItem<string>> events, CancellationTokenSource silent, CancellationToken cancellationToken)
    {
        silent.CancelAfter(s_silence);
        try
        {
            return await events.MoveNextAsync();
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            await ErrorLine.WriteAsync("the connection is lost; going on behind the last event");
            return false;
        }
    }
}
