using System.Buffers;
using SkyTree.Crash.Tests.Ledger;
using SkyTree.Crash.Tests.Rounds;
using SkyTree.Crash.Tests.Wire;

namespace SkyTree.Crash.Tests.Clients;

/// <summary>What each packet from the broker means to the session.</summary>
internal sealed partial class CrashClient
{
    private const byte FirstError = 0x80;
    private const byte ServerShuttingDown = 0x8B;
    private const byte SessionTakenOver = 0x8E;
    private const byte UseAnotherServer = 0x9C; // of a node that is cut off from its cluster

    // Guarded by the gate.
    private readonly Dictionary<ushort, Packet> _incoming = []; // QoS 2 messages that the application has, until PUBREL
    private readonly HashSet<ushort> _unacknowledged = []; // what this connection has brought and the broker has no end of
    private readonly List<Packet> _held = []; // messages whose first answer a slow client owes
    private bool _isSlow;

    /// <summary>A slow client acknowledges as others do from now on.</summary>
    public async Task HurryAsync()
    {
        ArrayBufferWriter<byte> answers = new();
        MqttSocket? socket;
        lock (_gate)
        {
            _isSlow = false;
            socket = _connected;
            AnswerHeld(answers);
        }

        if (socket is not null)
        {
            await socket.SendAsync(answers.WrittenMemory);
        }
    }

    /// <summary>What belongs to a connection and not to the session begins anew; the gate is held.</summary>
    private void StartConnection()
    {
        _unacknowledged.Clear();
        _held.Clear();
        _isSlow = _connections == 1 ? _options.IsSlow : _isSlow;
    }

    /// <summary>Judges CONNACK. False if there is no connection.</summary>
    private bool Accept(Packet packet)
    {
        if (packet.Type != PacketType.ConnAck)
        {
            Report(FindingKind.Broker, $"{packet.Type} instead of CONNACK");
            return false;
        }

        if (packet.Reason != 0)
        {
            // A broker that is about to stop may say so; one that goes on refusing lets the run stand still.
            _ledger.Note($"{Name} was refused: 0x{packet.Reason:X2}");
            return false;
        }

        lock (_gate)
        {
            bool isExpected = _hasSession || (_mayHaveSession && packet.SessionPresent);
            if (packet.SessionPresent != isExpected)
            {
                Report(FindingKind.SessionPresent, packet.SessionPresent
                    ? "there is a session, although none was opened"
                    : $"the session is gone ({_outgoing.Count} unfinished messages to it, {_incoming.Count} from it)");
            }

            if (!packet.SessionPresent)
            {
                _outgoing.RemoveAll(outgoing => outgoing.IsSent);
                _incoming.Clear();
                _isSubscribed = false;
            }

            _hasSession = _options.IsDurable;
            _mayHaveSession = false;
        }

        _events.Note(RunEvent.Connected);
        return true;
    }

    private void Handle(Packet packet, ArrayBufferWriter<byte> answers)
    {
        lock (_gate)
        {
            switch (packet.Type)
            {
                case PacketType.SubAck:
                    TakeSubAck(packet);
                    break;
                case PacketType.PubAck:
                    TakeAcknowledgement(packet, 1);
                    break;
                case PacketType.PubRec:
                    TakeAcknowledgement(packet, 2);
                    if (packet.Reason < FirstError)
                    {
                        answers.Write(PacketWriter.Answer(PacketType.PubRel, packet.Id));
                        _events.Note(RunEvent.Released);
                    }

                    break;
                case PacketType.PubComp:
                    if (_outgoing.RemoveAll(outgoing => outgoing.Id == packet.Id && outgoing.IsReleased) == 0)
                    {
                        Report(FindingKind.PacketIdentifier, $"PubComp for {packet.Id}, which is not released");
                    }

                    break;
                case PacketType.PubRel:
                    _incoming.Remove(packet.Id);
                    _unacknowledged.Remove(packet.Id);
                    answers.Write(PacketWriter.Answer(PacketType.PubComp, packet.Id));
                    _events.Note(RunEvent.Finished);
                    break;
                case PacketType.Publish:
                    TakePublish(packet);
                    if (packet.QoS > 0)
                    {
                        _held.Add(packet);
                    }

                    if (!_isSlow || _held.Count >= _options.ReceiveMaximum)
                    {
                        AnswerHeld(answers);
                    }

                    break;
                case PacketType.Disconnect when packet.Reason is ServerShuttingDown or UseAnotherServer:
                    break;
                case PacketType.Disconnect when packet.Reason == SessionTakenOver && _options.Roams:
                    _ledger.Note($"{Name} was taken over by a connection that it had given up");
                    break;
                default:
                    Report(FindingKind.Broker, $"{packet.Type}, reason 0x{packet.Reason:X2}");
                    break;
            }
        }
    }

    private void TakeSubAck(Packet packet)
    {
        _isSubscribed = true;
        if (!packet.Granted.SequenceEqual(_options.Subscriptions.Select(subscription => (byte)subscription.QoS)))
        {
            Report(FindingKind.Refused, $"SUBACK {Convert.ToHexString(packet.Granted)} for {string.Join(", ", _options.Subscriptions)}");
        }

        _ledger.Subscribed(Name, _options.Subscriptions);
    }

    /// <summary>PUBACK or PUBREC: the message is the broker's from here on.</summary>
    private void TakeAcknowledgement(Packet packet, int qos)
    {
        Outgoing? outgoing = _outgoing.Find(candidate => candidate.Id == packet.Id && candidate.QoS == qos);
        if (outgoing is null)
        {
            Report(FindingKind.PacketIdentifier, $"{packet.Type} for {packet.Id}, which is not unfinished at QoS {qos}");
            return;
        }

        if (packet.Reason >= FirstError)
        {
            _outgoing.Remove(outgoing);
            Report(FindingKind.Refused, $"{packet.Type} with 0x{packet.Reason:X2} for a message to {outgoing.Topic}");
            return;
        }

        if (qos == 2)
        {
            outgoing.IsReleased = true;
        }
        else
        {
            _outgoing.Remove(outgoing);
        }

        outgoing.OnAcknowledged();
        _events.Note(RunEvent.Acknowledged);
    }

    private void TakePublish(Packet packet)
    {
        if (packet.QoS > 0 && !_unacknowledged.Add(packet.Id))
        {
            Report(FindingKind.PacketIdentifier, $"{packet.Id} stands for two messages that are under way: the second is to {packet.Topic}");
        }

        if (_unacknowledged.Count > _options.ReceiveMaximum)
        {
            Report(FindingKind.ReceiveMaximum, $"{_unacknowledged.Count} unacknowledged messages, not {_options.ReceiveMaximum}");
        }

        if (packet.QoS == 2 && _incoming.TryGetValue(packet.Id, out Packet? earlier))
        {
            if (earlier.Topic != packet.Topic || !earlier.Payload.AsSpan().SequenceEqual(packet.Payload))
            {
                Report(FindingKind.PacketIdentifier, $"{packet.Id} stands for a new message to {packet.Topic} before PUBREL came for the one to {earlier.Topic}");
            }
            else if (!packet.Duplicate)
            {
                Report(FindingKind.PacketIdentifier, $"the message {packet.Id} to {packet.Topic} came again without DUP");
            }

            return;
        }

        if (packet.QoS == 2)
        {
            _incoming[packet.Id] = packet;
        }

        _ledger.Received(Name, _options.Subscriptions.Select(subscription => subscription.Group).FirstOrDefault(), _connections, packet);
        _events.Note(RunEvent.Delivered);
    }

    /// <summary>Sends PUBACK and PUBREC for what came; the gate is held.</summary>
    private void AnswerHeld(ArrayBufferWriter<byte> answers)
    {
        foreach (Packet packet in _held)
        {
            answers.Write(PacketWriter.Answer(packet.QoS == 1 ? PacketType.PubAck : PacketType.PubRec, packet.Id));
            if (packet.QoS == 1)
            {
                _unacknowledged.Remove(packet.Id);
            }
        }

        _held.Clear();
    }
}
