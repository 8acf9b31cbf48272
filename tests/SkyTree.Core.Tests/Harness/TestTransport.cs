using System.IO.Pipelines;
using SkyTree.Core.Protocol;

namespace SkyTree.Core.Tests.Harness;

/// <summary>A client's transport whose flushes take as long as the test wants, and what was written to it.</summary>
internal sealed class TestTransport : PipeWriter, IDuplexPipe
{
    private readonly Pipe _input = new();
    private readonly Lock _gate = new();
    private readonly List<byte> _written = [];
    private byte[] _window = [];
    private List<byte> _given = [];
    private TaskCompletionSource<FlushResult>? _flush;

    /// <summary>While true, a flush completes only at <see cref="FinishFlush"/>.</summary>
    public bool IsSlow { get; set; }

    /// <summary>What a flush throws, if anything.</summary>
    public Exception? Fault { get; set; }

    public int Flushes { get; private set; }

    public bool IsFlushing => _flush is not null;

    public PipeReader Input => _input.Reader;

    public PipeWriter ClientOutput => _input.Writer;

    public PipeWriter Output => this;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _window = new byte[Math.Max(sizeHint, 64)];

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        lock (_gate)
        {
            _given.AddRange(_window.AsSpan(0, bytes));
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            Flushes++;
            if (Fault is not null)
            {
                throw Fault;
            }

            _written.AddRange(_given);
            _given = [];
            if (!IsSlow)
            {
                return new(default(FlushResult));
            }

            _flush = new TaskCompletionSource<FlushResult>();
            return new(_flush.Task);
        }
    }

    /// <summary>Completes the flush under way, in this thread.</summary>
    public void FinishFlush()
    {
        TaskCompletionSource<FlushResult> flush = _flush!;
        _flush = null;
        flush.SetResult(default);
    }

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }

    /// <summary>The packets flushed since the last call.</summary>
    public List<ReceivedPacket> TakePackets()
    {
        lock (_gate)
        {
            var packets = new List<ReceivedPacket>();
            byte[] bytes = [.. _written];
            _written.Clear();
            ReadOnlySpan<byte> rest = bytes;
            while (!rest.IsEmpty)
            {
                if (FrameReader.TryReadHeader(rest, ProtocolVersion.V5, out FrameHeader header, out DecodeError error) != FrameStatus.Done
                    || header.TotalLength > rest.Length)
                {
                    throw new FormatException($"not a whole packet: {error.Reason}");
                }

                packets.Add(ReceivedPacket.Parse(header, rest[header.HeaderLength..header.TotalLength]));
                rest = rest[header.TotalLength..];
            }

            return packets;
        }
    }
}
