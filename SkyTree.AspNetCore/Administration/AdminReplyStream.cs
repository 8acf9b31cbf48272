using System.Globalization;
using System.Text;
using System.Text.Json;
using SkyTree.Core.Backup;

namespace SkyTree.AspNetCore.Administration;

/// <summary>What is written becomes <c>data</c> in an answer, with <c>progress</c> between. One thread's at a time.</summary>
/// <param name="connection">The connection to the command.</param>
internal sealed class AdminReplyStream(Stream connection) : Stream, IProgress<BackupProgress>
{
    private const int FrameSize = 128 * 1024;

    private readonly byte[] _frame = new byte[FrameSize];
    private int _filled;
    private BackupProgress _progress;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Report(BackupProgress value) => _progress = value;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            int count = Math.Min(buffer.Length, FrameSize - _filled);
            buffer[..count].CopyTo(_frame.AsMemory(_filled));
            _filled += count;
            buffer = buffer[count..];
            if (_filled == FrameSize)
            {
                await SendAsync(cancellationToken);
            }
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("A command is answered without blocking.");

    /// <summary>Does nothing: what is written goes out in frames, and the last with the answer's end.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    /// <summary>Ends the answer.</summary>
    public async Task CompleteAsync(BackupManifest manifest, CancellationToken cancellationToken)
    {
        await SendAsync(cancellationToken);
        await WriteTextAsync(AdminProtocol.Done + JsonSerializer.Serialize(manifest) + "\n", cancellationToken);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        BackupProgress p = _progress;
        await WriteTextAsync(
            string.Create(CultureInfo.InvariantCulture, $"{AdminProtocol.Progress}{p.Bytes} {p.TotalBytes} {p.Messages} {p.TotalMessages}\n{AdminProtocol.Data}{_filled}\n"),
            cancellationToken);
        await connection.WriteAsync(_frame.AsMemory(0, _filled), cancellationToken);
        _filled = 0;
    }

    private async Task WriteTextAsync(string text, CancellationToken cancellationToken) =>
        await connection.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
}
