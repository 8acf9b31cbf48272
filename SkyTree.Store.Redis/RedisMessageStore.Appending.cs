using SkyTree.Core.Messages;
using SkyTree.Store.Redis.Layout;
using StackExchange.Redis;

namespace SkyTree.Store.Redis;

public sealed partial class RedisMessageStore
{
    // Enough for the server to have the next chunk when it is done with one.
    private const int ChunksInFlight = 4;

    private readonly TopicIds _ids = new();
    private long _acknowledged; // the last offset that the server said it has; written by OpenAsync and the one append at a time

    /// <inheritdoc/>
    public override async ValueTask AppendAsync(IReadOnlyList<StoredMessage> messages, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        cancellationToken.ThrowIfCancellationRequested();
        Queue<(AppendChunk Chunk, Task<RedisResult> Answer)> inFlight = new(ChunksInFlight);
        try
        {
            for (int next = 0; next < messages.Count;)
            {
                AppendChunk chunk = AppendChunk.Take(messages, next, _keys, _ids);
                inFlight.Enqueue((chunk, Connection.RunAsync(Scripts.Append, _keys.All, chunk.Arguments, cancellationToken)));
                next = chunk.End;
                if (inFlight.Count == ChunksInFlight)
                {
                    await AcknowledgeAsync(inFlight.Dequeue()).ConfigureAwait(false);
                }
            }

            while (inFlight.TryDequeue(out (AppendChunk, Task<RedisResult>) sent))
            {
                await AcknowledgeAsync(sent).ConfigureAwait(false);
            }
        }
        finally
        {
            foreach ((_, Task<RedisResult> answer) in inFlight)
            {
                // A chunk whose predecessor failed is refused; the first failure is the one that is told.
                _ = answer.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }
    }

    private async Task AcknowledgeAsync((AppendChunk Chunk, Task<RedisResult> Answer) sent)
    {
        RedisResult answer = await sent.Answer.ConfigureAwait(false);
        bool taken = (bool)answer[0];
        long before = (long)answer[1];
        if (before < _acknowledged)
        {
            _log.MessagesLost(Connection.Name, _acknowledged, before);
            _acknowledged = before;
        }

        if (!taken)
        {
            throw new RedisStoreException($"Redis at {Connection.Name} was restarted, or replaced by a replica, in the middle of a batch and has only a part of it.");
        }

        _acknowledged = Math.Max(_acknowledged, sent.Chunk.LastOffset);
        RedisResult learned = answer[2];
        for (int i = 0; i < learned.Length; i += 2)
        {
            _ids.Add(sent.Chunk.Topics[(int)learned[i] - 1], learned[i + 1].ToString()!);
        }
    }
}
