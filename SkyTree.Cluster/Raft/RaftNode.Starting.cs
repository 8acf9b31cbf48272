using System.Diagnostics;
using System.Net;
using DotNext.Net.Cluster;
using DotNext.Net.Cluster.Consensus.Raft;

namespace SkyTree.Cluster.Raft;

internal sealed partial class RaftNode
{
    private string LogFolder => Path.Combine(_options.Folder, "log");

    /// <summary>Opens the log, applies what is known to be committed, and listens. A leader may not be known yet when this returns.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="RaftException">What is in the folder does not fit the options or the state.</exception>
    /// <exception cref="IOException">The disk or the network refuses.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        Directory.CreateDirectory(_options.Folder);
        if (_members.Exists || _options.Start is RaftStart.Join)
        {
            _checkpoints.Open();
            _machine.FinishInstallation();
        }
        else
        {
            await BeginAsync(cancellationToken).ConfigureAwait(false);
        }

        RequireStateNotOlder();
        _machine.Open(BytesOfLog());
        ReplicatedLog log = ReplicatedLog.Open(LogFolder, _machine);
        _log = log;
        RequireStateNotNewer(log);
        IReadOnlySet<EndPoint> members = await _members.ReadAsync(cancellationToken).ConfigureAwait(false);
        RaftCluster cluster = CreateCluster(log, members);
        _cluster = cluster;
        bool alone = members.Count == 1 && members.Contains(_options.PublicEndPoint);
        if (alone)
        {
            // The library lets a single member lead on in its old term. Then an entry that a crash took from it and the one
            // that takes its place have the same index and term, and a node that has the first would be held to have the second.
            await ((IPersistentState)log).IncrementTermAsync(ClusterMemberId.FromEndPoint(_options.PublicEndPoint), cancellationToken).ConfigureAwait(false);
        }

        await cluster.StartAsync(cancellationToken).ConfigureAwait(false);
        if (alone)
        {
            await cluster.ReplicateAsync(new EmptyLogEntry { Term = log.CurrentTerm }, cancellationToken).ConfigureAwait(false);
        }

        _watching = WatchAsync();
        RaftLog.Started(
            _logger, _options.Folder, _options.PublicEndPoint.ToString()!, members.Count, log.CurrentTerm, log.LastEntryIndex, log.LastCommittedEntryIndex,
            log.LastAppliedIndex, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    /// <summary>Makes this node one of the first of a cluster. Writing the members' file is the last step: before that, it is done all over again.</summary>
    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        if (Directory.Exists(LogFolder))
        {
            throw new RaftException(RaftError.Folder, $"{_options.Folder} has a log, but no file of members. If this node was to join a cluster, start it so; if it is to begin a new one, empty the folder.");
        }

        _checkpoints.Clear();
        long applied = _state.AppliedIndex;
        if (_options.Start is RaftStart.Seed)
        {
            if (applied > 0)
            {
                throw new RaftException(RaftError.Folder, $"The state has entries up to {applied}, but {_options.Folder} has no log. A new cluster's first members begin empty: found a cluster with this node alone and let the others join, or delete its state.");
            }

            await _members.SeedAsync(_options.Seeds, cancellationToken).ConfigureAwait(false);
            return;
        }

        // The log begins behind an entry that stands for all the state had before. Who joins finds it missing and gets the checkpoint.
        _state.ApplyEmpty(applied + 1, 0);
        _checkpoints.TakeWithoutLog(applied + 1, 0);
        await _members.SeedAsync([_options.PublicEndPoint], cancellationToken).ConfigureAwait(false);
        RaftLog.Founded(_logger, applied + 1);
    }

    private void RequireStateNotOlder()
    {
        if (_checkpoints.Published is { } first && _state.AppliedIndex < first.Index)
        {
            throw new RaftException(RaftError.Folder, $"The state is as of entry {_state.AppliedIndex}, but the log in {_options.Folder} begins behind entry {first.Index}: the state was replaced by an older one. Remove this node from the cluster, empty both folders, and let it join anew.");
        }
    }

    private void RequireStateNotNewer(ReplicatedLog log)
    {
        if (_state.AppliedIndex > log.LastEntryIndex)
        {
            throw new RaftException(RaftError.Folder, $"The state is as of entry {_state.AppliedIndex}, but the log in {_options.Folder} ends with entry {log.LastEntryIndex}: they do not belong together. Remove this node from the cluster, empty both folders, and let it join anew.");
        }
    }

    private long BytesOfLog()
    {
        DirectoryInfo data = new(Path.Combine(LogFolder, "data"));
        return data.Exists ? data.EnumerateFiles().Sum(file => file.Length) : 0;
    }
}
