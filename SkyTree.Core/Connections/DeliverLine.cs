using SkyTree.Core.Admin.Messages;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.Diagnostics;
using SkyTree.Core.Hooks;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Sessions;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Connections;

/// <summary>
/// Messages on their way to one client that hooks want to see: they stand in line, hooks are asked about one after the other, and what is left is
/// appended to the connection's <see cref="Outbound"/>. Packet identifiers have been given by then, so what is dropped is completed in the client's stead.
/// </summary>
internal sealed class DeliverLine : IDisposable
{
    private const int Turn = 64; // messages between two flushes, after which others have the thread

    private readonly Connection _connection;
    private readonly IDeliverHook[] _hooks;
    private readonly ConnectionServices _services;
    private readonly Lock _gate = new();
    private readonly Queue<Item> _items = []; // guarded by _gate
    private readonly CancellationTokenSource _ended;
    private readonly CancellationToken _token; // of _ended
    private bool _running; // guarded by _gate
    private volatile bool _isEnded; // written under _gate

    /// <summary>Creates it.</summary>
    /// <param name="connection">The client's connection.</param>
    /// <param name="hooks">Who is asked, in this order.</param>
    /// <param name="services">What connections use.</param>
    public DeliverLine(Connection connection, IDeliverHook[] hooks, ConnectionServices services)
    {
        (_connection, _hooks, _services) = (connection, hooks, services);
        _ended = new CancellationTokenSource();
        _token = _ended.Token;
    }

    private Outbound Outbound => _connection.Outbound;

    /// <summary>Adds a message. May be called with a session's gate held: asks nobody.</summary>
    /// <inheritdoc cref="Connections.Outbound.AppendPublish"/>
    public AppendOutcome Add(ref Fanout message, QoS qos, byte flags, ushort packetId, ReadOnlySpan<uint> identifiers, StoredProperties properties)
    {
        StoredMessage kept = message.ToMessage();
        AppendOutcome outcome = _isEnded ? AppendOutcome.Closed : Outbound.Hold(kept.Size, qos);
        if (outcome != AppendOutcome.Appended)
        {
            return outcome;
        }

        lock (_gate)
        {
            if (_isEnded)
            {
                return AppendOutcome.Closed;
            }

            _items.Enqueue(new Item(kept, qos, flags, packetId, identifiers.ToArray(), properties));
            if (_running)
            {
                return outcome;
            }

            _running = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static line => _ = line.RunAsync(), this, preferLocal: false);
        return outcome;
    }

    /// <summary>The connection has ended: nobody is asked any more. What was in line at QoS 1 and 2 stays unacknowledged, and comes again.</summary>
    public void Dispose()
    {
        Item[] left;
        lock (_gate)
        {
            if (_isEnded)
            {
                return;
            }

            _isEnded = true;
            left = [.. _items];
            _items.Clear();
        }

        foreach (Item item in left)
        {
            if (item.QoS == QoS.AtMostOnce)
            {
                _connection.Session!.Queue.Discard(_connection, 0, DropReason.Offline, item.Message.Topic);
            }
        }

        Outbound.Release(left.Sum(item => item.Message.Size));
        _ = EndAsync(); // what hooks do when they are told is not waited for
    }

    private async Task EndAsync()
    {
        await _ended.CancelAsync().ConfigureAwait(false);
        _ended.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            for (int handled = 1; TryTake(out Item item); handled++)
            {
                ValueTask asked = HandleAsync(item);
                if (!asked.IsCompleted)
                {
                    FlushList.FlushAll(); // what went before does not wait for the answer
                }

                await asked.ConfigureAwait(false);
                if (handled % Turn == 0)
                {
                    FlushList.FlushAll();
                    await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
                }
            }
        }
        catch (OperationCanceledException) when (_token.IsCancellationRequested)
        {
            // The connection has ended.
        }
        catch (Exception exception)
        {
            _services.Log.ConnectionFaulted(_connection.ClientId ?? "", exception);
            _connection.RequestClose(ReasonCode.UnspecifiedError, "a fault of the broker"); // nothing that is in line is lost: it was not acknowledged
        }
        finally
        {
            FlushList.FlushAll();
        }
    }

    private async ValueTask HandleAsync(Item item)
    {
        bool waits = false;
        try
        {
            ValueTask<DeliverAnswer> answer = _services.Hooks.OnDeliverAsync(_hooks, AttemptOf(item), _token);
            waits = !answer.IsCompleted;
            Send(item, await answer.ConfigureAwait(false));
        }
        finally
        {
            Outbound.Release(item.Message.Size);
            if (waits)
            {
                FlushList.FlushAll(); // the thread that ends the wait need not be the one that goes on
            }
        }
    }

    private bool TryTake(out Item item)
    {
        lock (_gate)
        {
            return _running = _items.TryDequeue(out item);
        }
    }

    private DeliverAttempt AttemptOf(in Item item)
    {
        StoredMessage message = item.Message;
        return new DeliverAttempt(_connection.Client!, new PublishRequest
        {
            Topic = message.Topic,
            Payload = message.Payload,
            QoS = item.QoS,
            Retain = (item.Flags & 1) != 0,
            ExpirySeconds = message.ExpiresAtMs is { } at ? (uint)Math.Clamp((at - _services.Ticker.CoarseNowMs + 999) / 1000, 1, uint.MaxValue) : null,
            Properties = MessageProperties.Read(message.Properties.Span),
        })
        {
            PublisherId = message.PublisherId,
            Offset = message.Offset > 0 ? message.Offset : null,
            IsRepeated = (item.Flags & 8) != 0,
        };
    }

    private void Send(in Item item, DeliverAnswer answer)
    {
        SessionQueue queue = _connection.Session!.Queue;
        if (answer.IsDropped)
        {
            queue.Discard(_connection, item.PacketId, DropReason.Hook, item.Message.Topic);
        }
        else
        {
            long nowMs = _services.Ticker.CoarseNowMs;
            StoredMessage message = answer.Replacement is { } replacement ? Replace(item.Message, replacement, nowMs) : item.Message;
            var fanout = new Fanout(message, nowMs);
            AppendOutcome outcome = Outbound.AppendHeld(ref fanout, item.QoS, item.Flags, item.PacketId, item.Identifiers, item.Properties);
            fanout.Dispose();
            if (outcome == AppendOutcome.TooLarge)
            {
                queue.Discard(_connection, item.PacketId, DropReason.PacketTooLarge, message.Topic);
            }
            else if (outcome == AppendOutcome.Closed && item.QoS == QoS.AtMostOnce)
            {
                queue.Discard(_connection, 0, DropReason.Offline, message.Topic);
            }
        }
    }

    private static StoredMessage Replace(StoredMessage message, PublishRequest replacement, long nowMs) => message with
    {
        Topic = replacement.Topic,
        Payload = replacement.Payload,
        ExpiresAtMs = replacement.ExpirySeconds is { } seconds ? nowMs + (seconds * 1000L) : null,
        Properties = replacement.Properties?.Write() ?? [],
    };

    private readonly record struct Item(StoredMessage Message, QoS QoS, byte Flags, ushort PacketId, uint[] Identifiers, StoredProperties Properties);
}
