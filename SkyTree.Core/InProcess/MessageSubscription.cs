using System.Runtime.CompilerServices;
using SkyTree.Core.Protocol;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Core.InProcess;

/// <summary>
/// A subscription of this process: its messages, to be read once, by one reader. Enumerated, a message at QoS 1 or 2 is acknowledged when
/// the next one is asked for; one that the reader was at when it ended is not, and comes again if the session lives. Who does not read is sent no
/// more than the window holds; at QoS 0 the broker drops, and counts, what has no room.
/// </summary>
public sealed class MessageSubscription : IAsyncEnumerable<ReceivedMessage>, IAsyncDisposable
{
    private const ushort SubscribeId = 1;

    private readonly InProcessConnection _connection;
    private readonly Queue<PublishPacket> _early = new(); // came before SUBACK: the session was there already
    private int _isRead; // 0 or 1; interlocked
    private int _isDisposed; // as above

    private MessageSubscription(InProcessConnection connection, string clientId, bool sessionPresent) =>
        (_connection, ClientId, SessionPresent) = (connection, clientId, sessionPresent);

    /// <summary>The client identifier of the session.</summary>
    public string ClientId { get; }

    /// <summary>Whether the session was there already: it goes on where it had been left.</summary>
    public bool SessionPresent { get; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">It has a reader already.</exception>
    /// <exception cref="SubscriptionEndedException">The broker has ended it, for another reason than its own end.</exception>
    public IAsyncEnumerator<ReceivedMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isRead, 1) != 0)
        {
            throw new InvalidOperationException("A subscription has one reader.");
        }

        return ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
    }

    /// <summary>The next message, for who acknowledges by hand, later or in another order: one caller at a time.</summary>
    /// <param name="cancellationToken">Gives up; no message is lost by it.</param>
    /// <returns>The message; null: the broker stops, or the subscription was disposed of.</returns>
    /// <exception cref="SubscriptionEndedException">The broker has ended it, for another reason than its own end.</exception>
    public async ValueTask<ReceivedMessage?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            switch (_early.TryDequeue(out PublishPacket? early) ? early : await _connection.ReceiveAsync(cancellationToken).ConfigureAwait(false))
            {
                case PublishPacket packet:
                    return new ReceivedMessage(packet);
                case PublishAckPacket release:
                    await _connection.SendAsync(PacketType.PubComp, release.PacketId, cancellationToken).ConfigureAwait(false);
                    break;
                case DisconnectPacket { ReasonCode: ReasonCode.ServerShuttingDown }:
                    return null;
                case DisconnectPacket disconnect:
                    throw new SubscriptionEndedException(disconnect.ReasonCode, disconnect.ReasonString);
                case null when Volatile.Read(ref _isDisposed) != 0:
                    return null;
                case null:
                    throw new SubscriptionEndedException(ReasonCode.ServerUnavailable, "the connection ended");
            }
        }
    }

    /// <summary>
    /// Acknowledges a message that <see cref="ReceiveAsync"/> gave: it does not come again. Each once; from any thread. At QoS 0 there is
    /// nothing to do. A subscription that has ended acknowledges nothing, and says nothing.
    /// </summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask AcknowledgeAsync(ReceivedMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.QoS switch
        {
            QoS.AtLeastOnce => _connection.SendAsync(PacketType.PubAck, message.PacketId, cancellationToken),
            QoS.ExactlyOnce => _connection.SendAsync(PacketType.PubRec, message.PacketId, cancellationToken),
            _ => default,
        };
    }

    /// <summary>Ends it. Not while its reader waits for a message: that one's cancellation comes first.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    internal static async Task<MessageSubscription> OpenAsync(Broker broker, SubscribeOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options);
        var connection = InProcessConnection.Open(broker);
        try
        {
            return await OpenAsync(connection, options, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<MessageSubscription> OpenAsync(InProcessConnection connection, SubscribeOptions options, CancellationToken cancellationToken)
    {
        await connection.SendAsync(
            new ConnectPacket
            {
                ClientId = options.ClientId ?? $"in-process-{Guid.CreateVersion7():N}",
                CleanStart = options.CleanStart || options.SessionExpirySeconds == 0,
                SessionExpirySeconds = options.SessionExpirySeconds,
                ReceiveMaximum = options.Window,
            },
            static (packet, output) => packet.Write(output, ProtocolVersion.V5),
            cancellationToken).ConfigureAwait(false);
        var accepted = await connection.ReceiveAsync(cancellationToken).ConfigureAwait(false) as ConnAckPacket;
        if (accepted is not { ReasonCode: ReasonCode.Success })
        {
            throw new SubscriptionEndedException(accepted?.ReasonCode ?? ReasonCode.ServerUnavailable, accepted?.ReasonString ?? "the broker does not run");
        }

        var subscription = new MessageSubscription(connection, options.ClientId ?? accepted.AssignedClientId ?? "", accepted.SessionPresent);
        await connection.SendAsync(
            new SubscribePacket
            {
                PacketId = SubscribeId,
                UserProperties = options.UserProperties,
                Requests =
                [
                    .. options.Filters.Select(filter => new SubscribeRequest(
                        filter, options.QoSByFilter?.TryGetValue(filter, out QoS own) == true ? own : options.QoS, options.NoLocal, options.RetainAsPublished, options.RetainHandling)),
                ],
            },
            static (packet, output) => packet.Write(output, ProtocolVersion.V5),
            cancellationToken).ConfigureAwait(false);
        while (true)
        {
            switch (await connection.ReceiveAsync(cancellationToken).ConfigureAwait(false))
            {
                case PublishPacket packet:
                    subscription._early.Enqueue(packet); // no more than the window and the pipe hold
                    break;
                case SubscriptionAckPacket ack:
                    if (ack.ReasonCodes.FirstOrDefault(code => code >= ReasonCode.UnspecifiedError) is var refusal and not ReasonCode.Success)
                    {
                        throw new SubscriptionEndedException(refusal, ack.ReasonString);
                    }

                    return subscription;
                case PublishAckPacket release:
                    await connection.SendAsync(PacketType.PubComp, release.PacketId, cancellationToken).ConfigureAwait(false);
                    break;
                case DisconnectPacket disconnect:
                    throw new SubscriptionEndedException(disconnect.ReasonCode, disconnect.ReasonString);
                case null:
                    throw new SubscriptionEndedException(ReasonCode.ServerUnavailable, "the connection ended");
            }
        }
    }

    private static void Check(SubscribeOptions options)
    {
        if (options.Filters is not { Count: > 0 })
        {
            throw new ArgumentException("There must be a topic filter.", nameof(options));
        }

        if (options.Filters.FirstOrDefault(filter => !TopicFilter.TryParse(ReplayStart.Plain(filter), out _)) is { } wrong)
        {
            throw new ArgumentException($"'{wrong}' is not a topic filter.", nameof(options));
        }

        if (options.Window == 0)
        {
            throw new ArgumentException("The window is 1 to 65,535.", nameof(options));
        }

        if (options.SessionExpirySeconds > 0 && string.IsNullOrEmpty(options.ClientId))
        {
            throw new ArgumentException("A session that outlives its subscription needs a client identifier, to be found by.", nameof(options));
        }
    }

    private async IAsyncEnumerable<ReceivedMessage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } message)
        {
            yield return message;
            await AcknowledgeAsync(message, cancellationToken).ConfigureAwait(false);
        }
    }
}
