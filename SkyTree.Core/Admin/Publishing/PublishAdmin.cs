using System.Globalization;
using System.Text;
using SkyTree.Core.Messages;
using SkyTree.Core.Protocol;
using SkyTree.Core.Replication;

namespace SkyTree.Core.Admin.Publishing;

/// <summary>Publishing in the broker's name.</summary>
public sealed class PublishAdmin
{
    /// <summary>A bulk has at most so many messages.</summary>
    public const int LargestBulk = 1000;

    private readonly AdminParts _parts;

    internal PublishAdmin(AdminParts parts)
    {
        _parts = parts;
    }

    /// <summary>Publishes a message. Returns when it is as safe as the store's durability says, if it had to be stored.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="request">The message.</param>
    /// <exception cref="AdminException">The caller may not, the message makes no sense, or it was refused: a quota, a full store or session.</exception>
    public async Task<PublishResult> PublishAsync(Caller caller, PublishRequest request)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(request);
        caller.Require(AdminArea.Publish, AdminAccess.Write);
        if (request.Retain)
        {
            caller.Require(AdminArea.Retained, AdminAccess.Write);
        }

        PublishResult result = await PublishAsync(request).ConfigureAwait(false);
        await _parts.Audit.NoteAsync(caller, "publish", request.Topic, after: Note(request)).ConfigureAwait(false);
        return result;
    }

    /// <summary>Publishes messages one after the other. One that is refused does not keep the others from being published.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="requests">The messages, up to <see cref="LargestBulk"/>.</param>
    /// <param name="cancellationToken">Stops; what was published stays so.</param>
    /// <exception cref="AdminException">The caller may not, or there are too many.</exception>
    public async Task<IReadOnlyList<PublishResult>> PublishManyAsync(Caller caller, IReadOnlyList<PublishRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(requests);
        caller.Require(AdminArea.Publish, AdminAccess.Write);
        if (requests.Count is 0 or > LargestBulk)
        {
            throw AdminMistakes.Invalid("messages", "bad_bulk", string.Create(CultureInfo.InvariantCulture, $"A bulk has 1 to {LargestBulk} messages."));
        }

        if (requests.Any(request => request.Retain))
        {
            caller.Require(AdminArea.Retained, AdminAccess.Write);
        }

        var results = new List<PublishResult>(requests.Count);
        foreach (PublishRequest request in requests)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                results.Add(await PublishAsync(request).ConfigureAwait(false));
            }
            catch (AdminException exception)
            {
                results.Add(new PublishResult(request.Topic, 0, Stored: false, null, new PublishError(exception.Code, exception.Message)));
            }
        }

        await _parts.Audit.NoteAsync(
            caller, "publish.bulk", string.Create(CultureInfo.InvariantCulture, $"{results.Count(result => result.Error is null)} messages")).ConfigureAwait(false);
        return results;
    }

    /// <summary>Publishes for a caller that was judged.</summary>
    internal async Task<PublishResult> PublishAsync(PublishRequest request)
    {
        StoredMessage message = Check(request);
        if (message.Retain || message.QoS > 0)
        {
            _parts.RequireServing();
        }

        PublishReport report;
        try
        {
            report = await _parts.Router.PublishAndReportAsync(message).ConfigureAwait(false);
        }
        catch (ProposalAbandonedException exception)
        {
            throw new AdminException(AdminError.Unavailable, "outcome_unknown", "The cluster has gone on without this node; whether the message was published is not known.", exception);
        }

        return report.Outcome switch
        {
            PublishOutcome.Accepted or PublishOutcome.NoSubscribers => new PublishResult(request.Topic, report.Matched, report.Stored is not null, report.Stored?.Offset),
            PublishOutcome.QuotaExceeded => throw new AdminException(AdminError.LimitExceeded, "retained_quota", "There are as many retained messages as allowed."),
            PublishOutcome.StoreFull => throw new AdminException(AdminError.LimitExceeded, "store_full", "It would have to be stored, and nothing more can be for now."),
            PublishOutcome.QueueFull => throw new AdminException(AdminError.LimitExceeded, "queue_full", "A durable session that would get it is full."),
            _ => throw new AdminException(AdminError.Unavailable, "not_serving", "The cluster has gone on without this node."),
        };
    }

    private StoredMessage Check(PublishRequest request)
    {
        AdminMistakes.RequireTopic("topic", request.Topic);
        BrokerOptions options = _parts.Context.Options;
        byte[] topic = Encoding.UTF8.GetBytes(request.Topic);
        if (topic.Length > options.MaximumTopicLength || TopicName.CountLevels(topic) > options.MaximumTopicLevels)
        {
            throw AdminMistakes.Invalid("topic", "bad_topic", "The topic is longer or deeper than the broker allows.");
        }

        if (request.Topic is "$SYS" || request.Topic.StartsWith("$SYS/", StringComparison.Ordinal))
        {
            throw AdminMistakes.Invalid("topic", "reserved_topic", "$SYS and below is what the broker says of itself.");
        }

        if (request.QoS is < QoS.AtMostOnce or > QoS.ExactlyOnce)
        {
            throw AdminMistakes.Invalid("qoS", "bad_qos", "The QoS is 0, 1 or 2.");
        }

        if (request.Retain && !options.RetainAvailable)
        {
            throw AdminMistakes.Invalid("retain", "retain_unavailable", "Retained messages are switched off.");
        }

        long nowMs = _parts.Context.NowMs;
        return new StoredMessage
        {
            Offset = 0,
            Topic = request.Topic,
            PublisherId = request.PublisherId ?? "",
            TimestampMs = nowMs,
            ExpiresAtMs = request.ExpirySeconds is { } seconds ? nowMs + (seconds * 1000L) : null,
            QoS = (byte)request.QoS,
            Retain = request.Retain,
            Properties = request.Properties?.Write() ?? default(ReadOnlyMemory<byte>),
            Payload = request.Payload,
        };
    }

    private static string Note(PublishRequest request) =>
        AdminJson.Write(new { qos = (int)request.QoS, retain = request.Retain, bytes = request.Payload.Length });
}
