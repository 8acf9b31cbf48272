using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace SkyTree.Cluster.Raft;

/// <summary>This node's checkpoints: the newest, and the published one, at which the log begins.</summary>
/// <remarks>
/// <para>The library sends a snapshot to every follower whose next entry is not above it, even though the log still has the
/// entries. So each checkpoint is published when the next one is there, and a follower that is a little slow stays with the log.</para>
/// <para>While a node fetches the published one it stays, and the log with it: else, under load, what is fetched would be
/// behind the log's beginning by the time it has arrived. <see cref="RaftNodeOptions.MaximumLogMegabytes"/> bounds that.</para>
/// </remarks>
internal sealed class CheckpointStore
{
    private const string Unfinished = ".tmp";

    private readonly string _folder;
    private readonly RaftNodeOptions _options;
    private readonly IReplicatedState _state;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _listing = new(); // guards the list and what is deleted
    private readonly List<Checkpoint> _all = [];
    private volatile Checkpoint? _newest; // both are written by the thread that applies, or before there is one
    private volatile Checkpoint? _published;

    public CheckpointStore(RaftNodeOptions options, IReplicatedState state, TimeProvider time, ILogger logger)
    {
        _folder = Path.Combine(options.Folder, "checkpoints");
        _options = options;
        _state = state;
        _time = time;
        _logger = logger;
    }

    /// <summary>The one that followers get whose entries the log has not got any more; null while it has all of them.</summary>
    public Checkpoint? Published => _published;

    /// <summary>Finds what is on the disk.</summary>
    public void Open()
    {
        Directory.CreateDirectory(_folder);
        foreach (string folder in Directory.GetDirectories(_folder))
        {
            if (Checkpoint.TryParse(Path.GetFileName(folder), out long index, out long term))
            {
                _all.Add(new Checkpoint(folder, index, term, _options, _time));
            }
            else
            {
                Durable.DeleteFolder(folder);
            }
        }

        _all.Sort((a, b) => a.Index.CompareTo(b.Index));
        _newest = _all.Count > 0 ? _all[^1] : null;
        _published = _all.Count > 1 ? _all[^2] : _newest;
    }

    /// <summary>Deletes all of them, where a cluster is founded anew.</summary>
    public void Clear()
    {
        Durable.DeleteFolder(_folder);
        Directory.CreateDirectory(_folder);
        _all.Clear();
        _newest = _published = null;
    }

    /// <summary>Makes one of the state as it is, and publishes the one before.</summary>
    /// <param name="index">The index of the last entry applied.</param>
    /// <param name="term">That entry's term.</param>
    /// <param name="logIsTooLong">Whether a node that is fetching the published one must begin anew, for the log's sake.</param>
    public void Take(long index, long term, bool logIsTooLong)
    {
        Checkpoint? before = _newest;
        _newest = Create(index, term);
        if (before is null)
        {
            return;
        }

        if (_published is not { IsInUse: true } || logIsTooLong)
        {
            _published = before;
        }
        else if (before != _published)
        {
            Delete(before);
        }
    }

    /// <summary>Makes one of the state as it is and publishes it at once, since the log has nothing of what is in it.</summary>
    public void TakeWithoutLog(long index, long term) => _newest = _published = Create(index, term);

    /// <summary>Deletes what is older than the published one and nobody fetches.</summary>
    /// <remarks>Called by the library, for which an exception would end the log.</remarks>
    public void Reclaim()
    {
        Checkpoint[] old;
        lock (_listing)
        {
            old = [.. _all.Where(checkpoint => checkpoint.Index < (_published?.Index ?? 0) && !checkpoint.IsInUse)];
        }

        foreach (Checkpoint checkpoint in old)
        {
            Delete(checkpoint);
        }
    }

    /// <summary>A checkpoint that is still here.</summary>
    /// <exception cref="FileNotFoundException">It is not.</exception>
    public Checkpoint Find(long index, long term)
    {
        lock (_listing)
        {
            return _all.Find(checkpoint => checkpoint.Index == index && checkpoint.Term == term)
                ?? throw new FileNotFoundException($"There is no checkpoint {Checkpoint.NameOf(index, term)} here any more.");
        }
    }

    private Checkpoint Create(long index, long term)
    {
        long started = Stopwatch.GetTimestamp();
        string folder = Path.Combine(_folder, Checkpoint.NameOf(index, term));
        string unfinished = folder + Unfinished;
        Durable.DeleteFolder(unfinished);
        _state.CreateCheckpoint(unfinished);
        Durable.DeleteFolder(folder);
        Directory.Move(unfinished, folder);
        Core.Backup.FolderSync.Flush(_folder);
        Checkpoint checkpoint = new(folder, index, term, _options, _time);
        lock (_listing)
        {
            _all.RemoveAll(other => other.Index == index && other.Term == term);
            _all.Add(checkpoint);
        }

        RaftLog.CheckpointTaken(_logger, index, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        return checkpoint;
    }

    private void Delete(Checkpoint checkpoint)
    {
        lock (_listing)
        {
            _all.Remove(checkpoint);
        }

        try
        {
            Durable.DeleteFolder(checkpoint.Folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is found again at the next start.
            RaftLog.CheckpointNotDeleted(_logger, checkpoint.Folder, exception.Message);
        }
    }
}
