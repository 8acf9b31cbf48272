using SkyTree.Store.Redis.Layout;
using StackExchange.Redis;

namespace SkyTree.Store.Redis;

public sealed partial class RedisMessageStore
{
    // The server serves nobody else while it deletes a piece: about a millisecond.
    private const int DeletePiece = 1000;

    /// <inheritdoc/>
    public override async ValueTask DeleteLogAsync(long offset, CancellationToken cancellationToken = default) =>
        await DeleteAsync(Scripts.DeleteLog, upTo => [_keys.Queues, upTo, DeletePiece], offset, cancellationToken).ConfigureAwait(false);

    internal async ValueTask DeleteByOffsetAsync(string topic, long offset, CancellationToken cancellationToken)
    {
        RedisValue key = TopicKey.ToBytes(topic);
        await DeleteAsync(Scripts.DeleteQueue, upTo => [_keys.Queues, key, upTo, DeletePiece], offset, cancellationToken).ConfigureAwait(false);
    }

    private async Task DeleteAsync(string script, Func<RedisValue, RedisValue[]> arguments, long offset, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (offset < 1)
        {
            return;
        }

        RedisValue upTo = offset;
        int deleted = DeletePiece;
        while (deleted == DeletePiece)
        {
            (RedisResult staged, _) = await ChangeAsync(script, arguments(upTo), cancellationToken).ConfigureAwait(false);
            if ((bool)staged[0])
            {
                deleted = (int)staged[1];
                upTo = (RedisValue)staged[2]; // What is appended between two pieces stays.
            }
        }
    }
}
