using System.Buffers;
using DotNext.IO;
using DotNext.Net.Cluster.Consensus.Raft;
using DotNext.Net.Cluster.Consensus.Raft.StateMachine;
using Microsoft.Extensions.Logging;

namespace SkyTree.Cluster.Raft;

/// <summary>Stands between the library's log and the replicated state.</summary>
internal sealed class LogStateMachine : IStateMachine, IAsyncDisposable
{
    private const int Megabyte = 1024 * 1024;
    private const int CheckpointsInLog = 16;

    // The leader asks again each time; an answer per heartbeat is enough.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private readonly RaftNodeOptions _options;
    private readonly IReplicatedState _state;
    private readonly MembershipFile _members;
    private readonly CheckpointStore _checkpoints;
    private readonly CheckpointDownload _download;
    private readonly InstallationMark _mark;
    private readonly ILogger _logger;

    // All are written by the thread that applies.
    private long _bytesSinceCheckpoint;
    private long _entriesSinceCheckpoint;
    private long _bytesSincePublished;
    private Checkpoint? _published;

    public LogStateMachine(RaftNodeOptions options, IReplicatedState state, MembershipFile members, CheckpointStore checkpoints, CheckpointDownload download, ILogger logger)
    {
        _options = options;
        _state = state;
        _members = members;
        _checkpoints = checkpoints;
        _download = download;
        _mark = new InstallationMark(options.Folder);
        _logger = logger;
    }

    private volatile bool _isCheckpointWanted;

    /// <inheritdoc/>
    public ISnapshot? Snapshot => _checkpoints.Published;

    /// <summary>Begins to count how long the log is; when a checkpoint is due follows from it.</summary>
    /// <param name="bytes">What the log has on the disk.</param>
    public void Open(long bytes)
    {
        _bytesSinceCheckpoint = _bytesSincePublished = bytes;
        _published = _checkpoints.Published;
    }

    /// <inheritdoc/>
    public async ValueTask<long> ApplyAsync(LogEntry entry, CancellationToken token)
    {
        if (entry.IsSnapshot)
        {
            Install(entry.Index, entry.Term);
            return entry.Index;
        }

        // At the start the library begins at the snapshot, and the state has more already.
        long applied = _state.AppliedIndex;
        if (entry.Index <= applied)
        {
            return applied;
        }

        try
        {
            if (entry.IsConfiguration)
            {
                // It comes here only at the start, before the library knows the file.
                await _members.SaveAsync(entry, token).ConfigureAwait(false);
                _state.ApplyEmpty(entry.Index, entry.Term);
            }
            else
            {
                Apply(entry);
            }

            TakeCheckpointIfDue(entry.Index, entry.Term);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            RaftLog.ApplyFailed(_logger, entry.Index, exception);
            throw;
        }

        return entry.Index;
    }

    /// <summary>Has a checkpoint taken with the next entry, however short the log is.</summary>
    public void WantCheckpoint() => _isCheckpointWanted = true;

    /// <summary>Whether the files of a snapshot are here, so that it can be installed.</summary>
    /// <param name="snapshot">What the leader sent: the manifest.</param>
    /// <param name="cancellationToken">Ends with the leader's request.</param>
    public async ValueTask<bool> PrepareAsync<TSnapshot>(TSnapshot snapshot, CancellationToken cancellationToken)
        where TSnapshot : IRaftLogEntry
    {
        byte[] manifest = await snapshot.ToByteArrayAsync(token: cancellationToken).ConfigureAwait(false);
        return await _download.IsDoneAsync(manifest, Patience, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends an installation that was interrupted after the state had been replaced. Before the log is opened.</summary>
    public void FinishInstallation()
    {
        if (_mark.Read() is { } mark && mark.Index == _state.AppliedIndex)
        {
            _checkpoints.TakeWithoutLog(mark.Index, mark.Term);
        }

        _mark.Clear();
    }

    /// <inheritdoc/>
    public ValueTask ReclaimGarbageAsync(long watermark, CancellationToken token)
    {
        _checkpoints.Reclaim();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _download.DisposeAsync();

    private void Apply(in LogEntry entry)
    {
        entry.TryGetPayload(out ReadOnlySequence<byte> payload);
        if (payload.IsEmpty)
        {
            _state.ApplyEmpty(entry.Index, entry.Term);
            return;
        }

        Proposal? proposal = entry.Context is Proposal mine && mine.Term == entry.Term ? mine : null;
        _state.Apply(new ReplicatedEntry { Index = entry.Index, Term = entry.Term, Payload = payload, Context = proposal?.Context });
        proposal?.Applied(entry.Index);
        _bytesSinceCheckpoint += payload.Length;
        _bytesSincePublished += payload.Length;
    }

    private void TakeCheckpointIfDue(long index, long term)
    {
        _entriesSinceCheckpoint++;
        if (!_isCheckpointWanted && _bytesSinceCheckpoint < (long)_options.SnapshotAfterMegabytes * Megabyte && _entriesSinceCheckpoint < _options.SnapshotAfterEntries)
        {
            return;
        }

        _isCheckpointWanted = false;

        // Each hundred entries or so are a file of the log, however small they are.
        bool logIsTooLong = _bytesSincePublished >= (long)_options.MaximumLogMegabytes * Megabyte
            || index - (_published?.Index ?? 0) >= (long)_options.SnapshotAfterEntries * CheckpointsInLog;
        _checkpoints.Take(index, term, logIsTooLong);
        if (_checkpoints.Published != _published)
        {
            _published = _checkpoints.Published;
            _bytesSincePublished = _bytesSinceCheckpoint;
        }

        _bytesSinceCheckpoint = _entriesSinceCheckpoint = 0;
    }

    private void Install(long index, long term)
    {
        string folder = _download.Take(index);
        _mark.Set(index, term);
        _state.Install(folder, index, term);
        if (_state.AppliedIndex != index)
        {
            throw new InvalidDataException($"The checkpoint of entry {index} holds the state as of entry {_state.AppliedIndex}.");
        }

        _checkpoints.TakeWithoutLog(index, term);
        _mark.Clear();
        _published = _checkpoints.Published;
        _bytesSinceCheckpoint = _entriesSinceCheckpoint = _bytesSincePublished = 0;
        RaftLog.Installed(_logger, index);
    }
}
