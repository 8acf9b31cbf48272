using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.AspNetCore.Api.Http;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Events;
using SkyTree.Core.Diagnostics;

namespace SkyTree.AspNetCore.Api.Routes;

/// <summary>What happens, as server-sent events.</summary>
internal static class EventRoutes
{
    private const string LastEventId = "Last-Event-ID";

    // Proxies close what is silent for a minute.
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1); // whether the caller still may
    private static readonly TimeSpan s_longestStream = TimeSpan.FromMinutes(10);

    public static void MapEvents(this RouteGroupBuilder api) =>
        api.MapGet("/events", Read).WithTags("Events").Needs(AdminArea.Stats, AdminAccess.Read)
            .Produces<EventView>(StatusCodes.Status200OK, "text/event-stream")
            .Documented(
                "readEvents",
                "What happens on this node, as server-sent events",
                "kinds: a list with commas of connected, disconnected, sessionExpired, dropped, node. messageFilter: also messages whose topics match (needs messages:read). "
                + "The header Last-Event-ID, or after, goes on behind an event; what is missing shows as a gap. A stream begins with open and ends after 10 minutes: connect again with the last id. "
                + "It also ends, within a second or two, when the caller may no longer see it. "
                + "A heartbeat comes every 15 seconds.");

    private static ServerSentEventsResult<string> Read(
        HttpContext context,
        Broker broker,
        TimeProvider time,
        IHostApplicationLifetime lifetime,
        CancellationToken cancellationToken,
        string? kinds = null,
        string? clientId = null,
        string? messageFilter = null,
        string? after = null,
        Choice<PayloadForm>? payload = null)
    {
        string? last = context.Request.Headers[LastEventId].ToString() is { Length: > 0 } header ? header : after;
        var query = new EventQuery { Kinds = kinds is null ? null : [.. kinds.Split(',', StringSplitOptions.TrimEntries).Select(ReadKind)], ClientId = clientId, MessageFilter = messageFilter };
        CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        context.Response.RegisterForDispose(end);
        string first = last ?? broker.Admin.Events.LastId(context.Caller());
        IAsyncEnumerable<BrokerEvent> events = broker.Admin.Events.ReadAsync(context.Caller(), query, last, end.Token);
        Func<Caller?> again = context.SignIn().Again;
        bool May() => again() is { } caller && caller.May(AdminArea.Stats, AdminAccess.Read) && (messageFilter is null || caller.May(AdminArea.Messages, AdminAccess.Read));
        return TypedResults.ServerSentEvents(WriteAsync(events, first, payload.Or(), May, time, end, cancellationToken));
    }

    private static async IAsyncEnumerable<SseItem<string>> WriteAsync(
        IAsyncEnumerable<BrokerEvent> events, string first, PayloadForm payload, Func<bool> may, TimeProvider time, CancellationTokenSource end, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new SseItem<string>("{}", "open") { EventId = first };
        long started = time.GetTimestamp();
        long looked = started;
        long beaten = started;
        await using IAsyncEnumerator<BrokerEvent> reader = events.GetAsyncEnumerator(cancellationToken);
        Task<bool> next = reader.MoveNextAsync().AsTask();
        try
        {
            while (time.GetElapsedTime(started) < s_longestStream)
            {
                if (time.GetElapsedTime(looked) >= s_look)
                {
                    looked = time.GetTimestamp();
                    if (!may())
                    {
                        break;
                    }
                }

                using CancellationTokenSource waiting = new();
                Task look = Task.Delay(s_look, time, waiting.Token);
                if (await Task.WhenAny(next, look) == look)
                {
                    if (time.GetElapsedTime(beaten) >= s_heartbeat)
                    {
                        beaten = time.GetTimestamp();
                        yield return new SseItem<string>("{}", "heartbeat");
                    }

                    continue;
                }

                await waiting.CancelAsync();
                beaten = time.GetTimestamp();
                if (end.IsCancellationRequested || !await next)
                {
                    break;
                }

                BrokerEvent happened = reader.Current;
                yield return new SseItem<string>(JsonSerializer.Serialize(EventView.Of(happened, payload), ApiJson.Options), ApiNames.Policy.ConvertName(happened.Kind.ToString())) { EventId = happened.Id };
                next = reader.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            // The reader ends before it is let go of.
            await end.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static EventKind ReadKind(string text) =>
        Enum.TryParse(text, ignoreCase: true, out EventKind kind) && text.All(char.IsAsciiLetter)
            ? kind
            : throw ApiValues.Invalid("kinds", "bad_kind", $"'{text}' is no kind of event.");
}

/// <summary>Something that has happened.</summary>
internal sealed record EventView
{
    /// <summary>Its id, which names the node; later ones of the same node are higher.</summary>
    public required string Id { get; init; }

    /// <summary>The node.</summary>
    public Guid Node { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>What.</summary>
    public EventKind Kind { get; init; }

    /// <summary>To whom: a client identifier, a node; of a message its publisher.</summary>
    public string Subject { get; init; } = "";

    /// <summary>For people; of a drop and a message the topic.</summary>
    public string Text { get; init; } = "";

    /// <summary>Why a message was dropped.</summary>
    public DropReason? Reason { get; init; }

    /// <summary>The message with the beginning of its payload.</summary>
    public MessageView? Message { get; init; }

    public static Page<EventView> Of(Page<BrokerEvent> page) =>
        new([.. page.Items.Select(happened => Of(happened, default))], page.Next) { Unavailable = page.Unavailable };

    public static EventView Of(BrokerEvent happened, PayloadForm payload) => new()
    {
        Id = happened.Id,
        Node = happened.Node,
        At = happened.At,
        Kind = happened.Kind,
        Subject = happened.Subject,
        Text = happened.Text,
        Reason = happened.Reason,
        Message = happened.Message is { } message ? MessageView.Of(message, payload) : null,
    };
}
