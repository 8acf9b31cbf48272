using System.IO.Pipelines;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>
/// The broker's end of what a client sends. When the network has broken it yields what had arrived by then and fails
/// after it, as a socket does, so that a test knows what the broker has seen.
/// </summary>
internal sealed class BreakableReader(PipeReader inner, Func<bool> isBroken) : PipeReader
{
    private long _yieldedAtTheEnd = -1;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        Check(await inner.ReadAsync(cancellationToken));

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
        {
            return false;
        }

        result = Check(result);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => inner.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => inner.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private ReadResult Check(ReadResult result)
    {
        if (!result.IsCompleted || !isBroken())
        {
            return result;
        }

        if (result.Buffer.IsEmpty || result.Buffer.Length == _yieldedAtTheEnd)
        {
            throw new IOException("The network is gone.");
        }

        _yieldedAtTheEnd = result.Buffer.Length;
        return new ReadResult(result.Buffer, isCanceled: false, isCompleted: false);
    }
}
