namespace SkyTree.Core.Messages.Migration;

/// <summary>Reads a store's messages in their order, in pages that are worth writing at once and fit into memory.</summary>
internal static class MessageCopy
{
    private const int PageMessages = 2000;
    private const int PageBytes = 4 * 1024 * 1024;
    private const int ReadLimit = 256;

    /// <summary>The next page; empty when there is nothing left.</summary>
    /// <param name="store">The store.</param>
    /// <param name="after">The offset to read after.</param>
    /// <param name="upTo">The last offset to read.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public static async ValueTask<List<StoredMessage>> ReadPageAsync(MessageStore store, long after, long upTo, CancellationToken cancellationToken)
    {
        List<StoredMessage> page = [];
        long bytes = 0;
        while (page.Count < PageMessages && bytes < PageBytes && after < upTo)
        {
            LogPage read = await store.ReadLogAsync(after, null, ReadLimit, cancellationToken).ConfigureAwait(false);
            foreach (StoredMessage message in read.Messages)
            {
                if (message.Offset > upTo)
                {
                    return page;
                }

                page.Add(message);
                bytes += message.Size;
            }

            if (read.Next <= after)
            {
                break;
            }

            after = read.Next;
        }

        return page;
    }

    /// <summary>Messages in a store.</summary>
    public static async ValueTask<long> CountAsync(MessageStore store, CancellationToken cancellationToken)
    {
        const int TopicsPerPage = 1000;
        long count = 0;
        string? after = null;
        while (true)
        {
            IReadOnlyList<TopicSummary> topics = await store.ListTopicsAsync(null, after, TopicsPerPage, cancellationToken).ConfigureAwait(false);
            if (topics.Count == 0)
            {
                return count;
            }

            count += topics.Sum(t => t.Count);
            after = topics[^1].Topic;
        }
    }

    /// <summary>Makes sure that a store that is to be filled has nothing that would be mixed up with what comes.</summary>
    /// <param name="store">The store, open.</param>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="IOException">It has held messages.</exception>
    public static async ValueTask RequireUnusedAsync(MessageStore store, string name, CancellationToken cancellationToken)
    {
        long last = await store.GetLastOffsetAsync(cancellationToken).ConfigureAwait(false);
        if (last > 0)
        {
            throw new IOException($"{name} has held messages already, up to offset {last}. Give an empty database, or empty this one's tables.");
        }
    }
}
