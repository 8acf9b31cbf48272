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
        for (int next = 0; next < messages.Count;)
        {
            next = await AppendFromAsync(messages, next, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Appends until the end, or until the server does not take a chunk as it is. Returns where to go on.</summary>
    private async Task<int> AppendFromAsync(IReadOnlyList<StoredMessage> messages, int next, CancellationToken cancellationToken)
    {
        Queue<(AppendChunk Chunk, Task<(RedisResult, long)> Answer)> inFlight = new(ChunksInFlight);
        try
        {
            while (next < messages.Count || inFlight.Count > 0)
            {
                if (next < messages.Count && inFlight.Count < ChunksInFlight)
                {
                    AppendChunk chunk = AppendChunk.Take(messages, next, _keys, _ids);
                    inFlight.Enqueue((chunk, ChangeAsync(Scripts.Append, chunk.Arguments, cancellationToken)));
                    next = chunk.End;
                    continue;
                }

                (AppendChunk sent, Task<(RedisResult, long)> answer) = inFlight.Dequeue();
                (RedisResult staged, long last) = await answer.ConfigureAwait(false);
                if (!Acknowledge(sent, staged, last))
                {
                    // What is there already stays as it is. The chunks behind this one were refused too, or are there.
                    int there = sent.Start;
                    while (there < messages.Count && messages[there].Offset <= last)
                    {
                        there++;
                    }

                    return there;
                }
            }

            return next;
        }
        finally
        {
            foreach ((_, Task<(RedisResult, long)> answer) in inFlight)
            {
                // A chunk whose predecessor failed is refused; the first failure is the one that is told.
                await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Whether the chunk was taken. If not, some of it may be there already, or something else had to be applied first.</summary>
    private bool Acknowledge(AppendChunk chunk, RedisResult staged, long last)
    {
        AppendAnswer answer = (AppendAnswer)(int)staged[0];
        long before = (long)staged[1];
        if (before < _acknowledged)
        {
            _log.MessagesLost(Connection.Name, _acknowledged, before);
            _acknowledged = before;
        }

        if (answer == AppendAnswer.Gap)
        {
            throw new RedisStoreException($"Redis at {Connection.Name} was restarted, or replaced by a replica, in the middle of a batch and has only a part of it.");
        }

        _acknowledged = Math.Max(_acknowledged, last);
        RedisResult learned = staged[2];
        for (int i = 0; i < learned.Length; i += 2)
        {
            _ids.Add(chunk.Topics[(int)learned[i] - 1], learned[i + 1].ToString()!);
        }

        // A server that was restarted between the two may have applied first.
        return answer == AppendAnswer.Staged && last >= chunk.LastOffset;
    }
}
