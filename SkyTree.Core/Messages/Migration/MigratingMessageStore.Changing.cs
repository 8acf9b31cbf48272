namespace SkyTree.Core.Messages.Migration;

internal sealed partial class MigratingMessageStore
{
    /// <summary>Appends to the embedded log: the broker itself does so beneath this store.</summary>
    /// <param name="messages">The messages in rising order of offset.</param>
    /// <param name="cancellationToken">Gives up waiting; whether the batch was appended is then unknown.</param>
    public override ValueTask AppendAsync(IReadOnlyList<StoredMessage> messages, CancellationToken cancellationToken = default) =>
        _final is { } final ? final.AppendAsync(messages, cancellationToken) : _embedded.AppendAsync(messages, cancellationToken);

    internal async ValueTask DeleteByOffsetAsync(string topic, long offset, CancellationToken cancellationToken)
    {
        await _copying.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_final is null)
            {
                // In all of them, and not while a page is on its way: it would arrive after the deletion.
                await _old.GetQueue(topic).DeleteByOffsetAsync(Math.Min(offset, _boundary), cancellationToken).ConfigureAwait(false);
                if (_target is not null && _targetIsOpen)
                {
                    await _target.GetQueue(topic).DeleteByOffsetAsync(offset, cancellationToken).ConfigureAwait(false);
                }

                if (_filled.ContainsKey(topic))
                {
                    await ForgetFilledAsync(topic, Math.Min(offset, _boundary), cancellationToken).ConfigureAwait(false);
                }

                await _embedded.GetQueue(topic).DeleteByOffsetAsync(offset, cancellationToken).ConfigureAwait(false);
                return;
            }
        }
        finally
        {
            _copying.Release();
        }

        await _final.GetQueue(topic).DeleteByOffsetAsync(offset, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask ForgetFilledAsync(string topic, long upTo, CancellationToken cancellationToken)
    {
        const int Page = 256;
        MessageQueue queue = _embedded.GetQueue(topic);
        (long count, long bytes) = _filled[topic];
        for (long at = 0; at < upTo;)
        {
            IReadOnlyList<StoredMessage> page = await queue.ReadByOffsetAsync(at, Page, cancellationToken).ConfigureAwait(false);
            foreach (StoredMessage message in page.TakeWhile(m => m.Offset <= upTo))
            {
                count--;
                bytes -= message.Payload.Length + message.Properties.Length;
            }

            at = page.Count == 0 ? upTo : page[^1].Offset;
        }

        await queue.DeleteByOffsetAsync(upTo, cancellationToken).ConfigureAwait(false);
        _filled[topic] = (count, bytes);
    }
}
