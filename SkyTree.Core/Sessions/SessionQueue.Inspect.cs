using SkyTree.Core.Messages;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.Sessions;

/// <content>What people are told of it.</content>
internal sealed partial class SessionQueue
{
    /// <summary>How much is in flight and waits, and how far the log has been read.</summary>
    public QueueFacts Describe()
    {
        lock (_gate)
        {
            int inflight = _inflight?.Count ?? 0;
            return new QueueFacts(
                _restored ? inflight : Math.Max(inflight, session.Outgoing.Length),
                _window,
                _retained?.Count ?? 0,
                _waiting?.Count ?? 0,
                _waitingBytes,
                _log?.Position ?? session.Cursor);
        }
    }

    /// <summary>What is in flight, in the order of sending. What was so before a restart is in the session only, until its client is back.</summary>
    public List<(ushort PacketId, InflightEntry Entry)> ListInflight()
    {
        lock (_gate)
        {
            if (!_restored && _inflight is not { Count: > 0 })
            {
                return
                [
                    .. session.Outgoing.Select(outgoing => (outgoing.PacketId, new InflightEntry
                    {
                        Message = outgoing.Message,
                        Offset = outgoing.Offset,
                        QoS = Protocol.QoS.ExactlyOnce,
                        State = outgoing.Stage == OutgoingStage.Published ? InflightState.Published : InflightState.Released,
                        Retain = outgoing.Retain,
                        Sent = true,
                    })),
                ];
            }

            return _inflight?.List() ?? [];
        }
    }

    /// <summary>What waits in memory, in the order in which it is sent: retained messages of new subscriptions, then the others.</summary>
    /// <param name="skip">Passes over so many.</param>
    /// <param name="limit">At most so many.</param>
    public List<(StoredMessage Message, Subscription Subscription)> ListWaiting(int skip, int limit)
    {
        lock (_gate)
        {
            return [.. (_retained ?? Enumerable.Empty<Waiting>()).Concat(_waiting ?? Enumerable.Empty<Waiting>()).Skip(skip).Take(limit).Select(w => (w.Message, w.Subscription))];
        }
    }
}

/// <summary>How much is in flight to a session's client and waits.</summary>
/// <param name="Inflight">Messages in flight.</param>
/// <param name="Window">How many may be.</param>
/// <param name="Retained">Retained messages that wait.</param>
/// <param name="Waiting">Other messages that wait in memory.</param>
/// <param name="WaitingBytes">Their bytes.</param>
/// <param name="Position">Up to this offset the log has been read.</param>
internal readonly record struct QueueFacts(int Inflight, int Window, int Retained, int Waiting, long WaitingBytes, long Position);
