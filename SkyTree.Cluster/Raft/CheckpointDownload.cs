using Microsoft.Extensions.Logging;

namespace SkyTree.Cluster.Raft;

/// <summary>Fetches a checkpoint's files while the leader goes on asking whether they are here.</summary>
/// <remarks>
/// A request of the library lasts a second at most, and one that succeeds later leaves the follower stuck. So the files
/// travel beside the log, in as long as they need.
/// </remarks>
internal sealed class CheckpointDownload(RaftNodeOptions options, ICheckpointTransfer transfer, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly string _folder = Path.Combine(options.Folder, "incoming");
    private readonly CancellationTokenSource _stopping = new();
    private Attempt? _attempt; // the follower handles one request at a time

    private string ManifestFile => Path.Combine(_folder, "manifest");

    private string FilesFolder => Path.Combine(_folder, "files");

    /// <summary>Whether all files of a checkpoint are here and flushed. Begins to fetch them when that is not under way.</summary>
    /// <param name="manifest">The manifest's bytes.</param>
    /// <param name="patience">How long to wait for the last of them.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    public async ValueTask<bool> IsDoneAsync(byte[] manifest, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (_attempt is null || !_attempt.IsFor(manifest) || _attempt.HasFailedLongAgo(time))
        {
            Attempt? before = _attempt;
            _attempt = new Attempt(manifest, CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token));
            _attempt.Task = FetchAsync(before, _attempt);
        }

        // Not bound to the clock of tests: it only keeps the leader from asking too often.
        await Task.WhenAny(_attempt.Task, Task.Delay(patience, cancellationToken)).ConfigureAwait(false);
        return _attempt is { Task.IsCompletedSuccessfully: true };
    }

    /// <summary>Hands over the folder with the files.</summary>
    /// <param name="index">The index of the checkpoint that was asked for.</param>
    /// <exception cref="InvalidOperationException">That one is not here.</exception>
    public string Take(long index)
    {
        if (_attempt is not { Task.IsCompletedSuccessfully: true } attempt || attempt.Manifest.Index != index)
        {
            throw new InvalidOperationException($"The checkpoint {index} has not been fetched.");
        }

        _attempt = null;
        File.Delete(ManifestFile);
        return FilesFolder;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_attempt is { Task: { } task })
        {
            await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _stopping.Dispose();
    }

    private async Task FetchAsync(Attempt? before, Attempt attempt)
    {
        await Task.Yield();
        CheckpointManifest manifest = attempt.Manifest;
        try
        {
            if (before is not null)
            {
                await before.Cancellation.CancelAsync().ConfigureAwait(false);
                await before.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            Prepare(attempt.Bytes);
            RaftLog.Fetching(logger, manifest.Index, manifest.NodeId, manifest.Files.Count, manifest.Files.Sum(file => file.Length));
            await transfer.FetchAsync(manifest, FilesFolder, attempt.Cancellation.Token).ConfigureAwait(false);
            Verify(manifest);
            Durable.Flush(FilesFolder);
            RaftLog.Fetched(logger, manifest.Index, manifest.NodeId);
        }
        catch (Exception exception)
        {
            attempt.FailedAt = time.GetTimestamp();
            if (!attempt.Cancellation.IsCancellationRequested)
            {
                RaftLog.FetchFailed(logger, manifest.Index, manifest.NodeId, exception.Message);
            }

            throw;
        }
    }

    /// <summary>Leaves what an earlier attempt at the same checkpoint has fetched, and nothing else.</summary>
    private void Prepare(byte[] manifest)
    {
        if (!File.Exists(ManifestFile) || !File.ReadAllBytes(ManifestFile).AsSpan().SequenceEqual(manifest))
        {
            Durable.DeleteFolder(_folder);
            Directory.CreateDirectory(FilesFolder);
            Durable.Write(ManifestFile, manifest);
        }
    }

    private void Verify(CheckpointManifest manifest)
    {
        CheckpointFile[] there = CheckpointManifest.List(FilesFolder);
        if (!there.ToHashSet().SetEquals(manifest.Files))
        {
            // Something is wrong with what is here, so the next attempt begins anew.
            File.Delete(ManifestFile);
            throw new InvalidDataException($"Of the checkpoint's {manifest.Files.Count} files {there.Count(manifest.Files.Contains)} came as they should; there are {there.Length}.");
        }
    }

    private sealed class Attempt(byte[] manifest, CancellationTokenSource cancellation)
    {
        public byte[] Bytes { get; } = manifest;

        public CheckpointManifest Manifest { get; } = CheckpointManifest.Parse(manifest);

        public CancellationTokenSource Cancellation { get; } = cancellation;

        public Task Task { get; set; } = Task.CompletedTask;

        public long FailedAt { get; set; }

        public bool IsFor(byte[] manifest) => Bytes.AsSpan().SequenceEqual(manifest);

        public bool HasFailedLongAgo(TimeProvider time) => Task is { IsFaulted: true } or { IsCanceled: true } && time.GetElapsedTime(FailedAt) > RetryAfter;
    }
}
