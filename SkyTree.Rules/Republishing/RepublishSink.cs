using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Publishing;
using SkyTree.Core.InProcess;
using SkyTree.Sinks;

namespace SkyTree.Rules.Republishing;

/// <summary>
/// Publishes again what a rule makes of messages: those to one topic one after the other, so they keep their order. What of a batch was
/// published is not published again when the batch is tried again.
/// </summary>
internal sealed class RepublishSink(RepublishRule rule, RuleCounters counters, ISkyTreeClient client, TimeProvider time) : ISink
{
    private readonly HashSet<SinkMessage> _done = new(ReferenceEqualityComparer.Instance); // of the batch; also the lock

    /// <inheritdoc/>
    public string Target => rule.Options.To;

    /// <inheritdoc/>
    public async ValueTask WriteAsync(SinkBatch batch, CancellationToken cancellationToken)
    {
        Dictionary<string, List<(SinkMessage Message, PublishRequest Request)>> byTopic = new(StringComparer.Ordinal);
        foreach (SinkMessage message in batch.Messages.Where(message => !_done.Contains(message)))
        {
            try
            {
                if (rule.Apply(message, time) is not { } request)
                {
                    Done(message);
                }
                else if (byTopic.TryGetValue(request.Topic, out List<(SinkMessage, PublishRequest)>? same))
                {
                    same.Add((message, request));
                }
                else
                {
                    byTopic.Add(request.Topic, [(message, request)]);
                }
            }
            catch (RuleException exception)
            {
                GiveUp(batch, message, exception);
            }
        }

        await Task.WhenAll(byTopic.Values.Select(messages => PublishAsync(batch, messages, cancellationToken))).ConfigureAwait(false);
        _done.Clear();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    private async Task PublishAsync(SinkBatch batch, List<(SinkMessage Message, PublishRequest Request)> messages, CancellationToken cancellationToken)
    {
        foreach ((SinkMessage message, PublishRequest request) in messages)
        {
            try
            {
                // In the name of its own session, which does not read what it has published itself.
                await client.PublishAsync(request with { PublisherId = SinkDefinition.Prefix + rule.SinkName }, cancellationToken).ConfigureAwait(false);
                counters.Match();
                Done(message);
            }
            catch (AdminException exception) when (exception.Error == AdminError.Invalid)
            {
                GiveUp(batch, message, exception);
            }
        }
    }

    private void Done(SinkMessage message)
    {
        lock (_done)
        {
            if (_done.Add(message))
            {
                counters.Hit();
            }
        }
    }

    /// <summary>Passes a message over, or has it given up by itself if there is a topic for that.</summary>
    private void GiveUp(SinkBatch batch, SinkMessage message, Exception exception)
    {
        if (rule.Options.DeadLetterTopic.Length == 0)
        {
            counters.Fail(exception.Message);
            Done(message);
            return;
        }

        if (batch.Messages.Count == 1)
        {
            counters.Hit();
            counters.Fail(exception.Message);
        }

        throw new SinkRejectedException(exception.Message, exception);
    }
}
