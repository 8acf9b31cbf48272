using DotNext.IO;
using DotNext.IO.Log;
using DotNext.Net.Cluster.Consensus.Raft;
using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Cluster.Node;
using SkyTree.Cluster.Raft;
using Xunit;

namespace SkyTree.Cluster.Tests.Raft;

/// <summary>A follower's log and the requests that a network may bring it.</summary>
public sealed class ReplicatedLogTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-log-").FullName;
    private readonly KeyValueState _state;
    private readonly LogStateMachine _machine;
    private readonly CheckpointStore _checkpoints;
    private ReplicatedLog _log;

    public ReplicatedLogTests()
    {
        _state = new KeyValueState(Path.Combine(_folder, "state"));
        RaftNodeOptions options = new() { Folder = Path.Combine(_folder, "raft"), NodeId = "node", PublicEndPoint = InProcessCluster.FreeEndPoint() };
        Directory.CreateDirectory(options.Folder);
        _checkpoints = new CheckpointStore(options, _state, TimeProvider.System, NullLogger.Instance);
        _checkpoints.Open();
        _machine = new LogStateMachine(
            options, _state, new MembershipFile(Path.Combine(options.Folder, "members")), _checkpoints,
            new CheckpointDownload(options, new ControlTransfer(), TimeProvider.System, NullLogger.Instance), NullLogger.Instance);
        _log = Open();
    }

    private string LogFolder => Path.Combine(_folder, "raft", "log");

    [Fact]
    public async Task A_request_that_comes_late_does_not_cut_off_what_came_after_it()
    {
        await AppendAsync(1, 1, 1, 1, 1, 1);
        await AppendAsync(1, 1, 1);
        Assert.Equal(5, _log.LastEntryIndex);
        await ReopenAsync();
        Assert.Equal(5, _log.LastEntryIndex);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Of_a_request_that_breaks_off_within_an_entry_nothing_is_kept(long startIndex)
    {
        await AppendAsync(1, 1, 1);
        Entry[] entries = [new Entry(2, KeyValueState.Entry(startIndex, 1_000)), new Entry(2, KeyValueState.Entry(startIndex + 1, 1_000)) { Missing = 400 }];
        await Assert.ThrowsAsync<EndOfStreamException>(async () => await ((IAuditTrail<IRaftLogEntry>)_log).AppendAsync(new LogEntryProducer<Entry>(entries), startIndex, skipCommitted: true));
        Assert.Equal(2, _log.LastEntryIndex);
        Assert.Equal("1, 1", await TermsAsync());
    }

    [Fact]
    public async Task A_request_that_is_repeated_costs_no_space()
    {
        for (int i = 0; i < 100; i++)
        {
            await AppendAsync(1, [.. Enumerable.Repeat(1L, 100)]);
        }

        Assert.Equal(100, _log.LastEntryIndex);
        Assert.Single(Directory.GetFiles(Path.Combine(LogFolder, "data")));
    }

    [Fact]
    public async Task Another_leaders_entries_take_the_place_of_those_that_differ()
    {
        await AppendAsync(1, 1, 1, 1, 1, 1);
        await AppendAsync(2, 1, 2, 2);
        Assert.Equal("1, 1, 2, 2", await TermsAsync());
        await ReopenAsync();
        Assert.Equal("1, 1, 2, 2", await TermsAsync());
    }

    [Fact]
    public async Task What_is_committed_is_never_replaced()
    {
        await AppendAsync(1, 1, 1, 1);
        await _log.CommitAsync(3);
        await AppendAsync(1, 1, 1, 1, 1);
        Assert.Equal("1, 1, 1, 1", await TermsAsync());
    }

    [Fact]
    public async Task An_end_that_was_being_replaced_when_the_process_ended_is_cut_off()
    {
        await AppendAsync(1, 1, 1, 1, 1, 1);
        await _log.CommitAsync(2);
        await _log.WaitForApplyAsync(2);
        await _log.DisposeAsync();
        new TruncationMark(LogFolder).Set(3);
        _log = Open();
        Assert.Equal("1, 1, 1", await TermsAsync());
        await AppendAsync(4, 2, 2);
        Assert.Equal("1, 1, 1, 2, 2", await TermsAsync());
        await ReopenAsync();
        Assert.Equal("1, 1, 1, 2, 2", await TermsAsync());
    }

    [Fact]
    public async Task A_leader_appends_nothing_that_has_another_term_than_its_leadership()
    {
        IAuditTrail<IRaftLogEntry> log = _log;
        await log.AppendAsync(new EmptyLogEntry { Term = 7 });
        await Assert.ThrowsAsync<NotLeaderException>(async () => await log.AppendAsync(new BinaryLogEntry { Term = 6, Content = new byte[10] }));
        Assert.Equal(2, await log.AppendAsync(new BinaryLogEntry { Term = 7, Content = new byte[10] }));
    }

    [Fact]
    public async Task An_entry_that_took_anothers_place_does_not_get_its_context()
    {
        List<object?> contexts = [];
        _state.Applying = (_, context) => contexts.Add(context);
        IAuditTrail<IRaftLogEntry> log = _log;
        await log.AppendAsync(new EmptyLogEntry { Term = 1 });
        Proposal lost = new(1, new object());
        await log.AppendAsync(new BinaryLogEntry { Term = 1, Content = KeyValueState.Entry(1, 10), Context = lost });
        await AppendAsync(2, 2);
        await _log.CommitAsync(2);
        await _log.WaitForApplyAsync(2);
        Assert.Equal([null], contexts);
        Assert.Equal(0, lost.AppliedIndex);
    }

    [Fact]
    public async Task A_follower_gets_no_more_at_once_than_a_request_can_carry()
    {
        await AppendAsync(1, [.. Enumerable.Repeat(1L, 5_000)]);
        Follower follower = new(HeartbeatResult.Replicated);
        await SendAsync(follower, 1);
        Assert.InRange(follower.Entries, 1_000, 1_100); // of 1 KiB each
        await SendAsync(follower, 4_990);
        Assert.Equal(11, follower.Entries);
    }

    [Fact]
    public async Task An_entry_that_is_larger_than_a_request_goes_alone()
    {
        await ((IAuditTrail<IRaftLogEntry>)_log).AppendAsync(new LogEntryProducer<Entry>(new Entry(1, new byte[5_000_000]), new Entry(1, new byte[10])), 1);
        Follower follower = new(HeartbeatResult.Replicated);
        await SendAsync(follower, 1);
        Assert.Equal(1, follower.Entries);
    }

    [Theory]
    [InlineData(HeartbeatResult.Rejected, 0, HeartbeatResult.Replicated)] // it has all of it: go on behind it
    [InlineData(HeartbeatResult.Rejected, 1, HeartbeatResult.Rejected)] // it knows a later term
    [InlineData(HeartbeatResult.ReplicatedWithLeaderTerm, 0, HeartbeatResult.Replicated)] // it may still be fetching
    [InlineData(HeartbeatResult.Replicated, 0, HeartbeatResult.Replicated)]
    public async Task An_answer_to_a_snapshot_is_never_taken_for_an_entry_that_is_stored(HeartbeatResult answer, long term, HeartbeatResult expected)
    {
        await AppendAsync(1, 0);
        await _log.CommitAsync(1);
        await _log.WaitForApplyAsync(1);
        _checkpoints.TakeWithoutLog(1, 0);
        Follower follower = new(answer, term);
        Assert.Equal(expected, (await SendAsync(follower, 1)).Value.Result);
        Assert.True(follower.GotSnapshot);
    }

    public async ValueTask DisposeAsync()
    {
        await _log.DisposeAsync();
        await _machine.DisposeAsync();
        await _state.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>What a leader does for a follower.</summary>
    private ValueTask<Result<ReplicationStatus>> SendAsync(Follower follower, long startIndex) =>
        ((IAuditTrail<IRaftLogEntry>)_log).ReadAsync(follower, startIndex, _log.LastEntryIndex);

    private ReplicatedLog Open() => ReplicatedLog.Open(LogFolder, _machine);

    private async Task ReopenAsync()
    {
        await _log.DisposeAsync();
        _log = Open();
    }

    /// <summary>What a follower does with a request: entries from an index on, of these terms.</summary>
    private async Task AppendAsync(long startIndex, params long[] terms)
    {
        Entry[] entries = [.. terms.Select((term, i) => new Entry(term, KeyValueState.Entry(startIndex + i, 1_000)))];
        await ((IAuditTrail<IRaftLogEntry>)_log).AppendAsync(new LogEntryProducer<Entry>(entries), startIndex, skipCommitted: true);
    }

    private async Task<string> TermsAsync()
    {
        List<long> terms = [];
        for (long index = 1; index <= _log.LastEntryIndex; index++)
        {
            terms.Add(await _log.ReadTermAsync(index, CancellationToken.None));
        }

        return string.Join(", ", terms);
    }

    private sealed class Follower(HeartbeatResult answer, long term = 0) : ILogEntryConsumer<IRaftLogEntry, Result<ReplicationStatus>>
    {
        public int Entries { get; private set; }

        public bool GotSnapshot { get; private set; }

        public ValueTask<Result<ReplicationStatus>> ReadAsync<TEntry, TList>(TList entries, long? snapshotIndex, CancellationToken token)
            where TEntry : IRaftLogEntry
            where TList : IReadOnlyList<TEntry>
        {
            Entries = entries.Count;
            GotSnapshot = snapshotIndex is not null;
            return new(new Result<ReplicationStatus> { Term = term, Value = new ReplicationStatus { Result = answer, LastIndex = 0 } });
        }
    }

    private sealed record Entry(long Term, byte[] Content) : IRaftLogEntry
    {
        public long? Length => Content.Length;

        /// <summary>Bytes at its end that the network loses, without an error.</summary>
        public int Missing { get; init; }

        public bool IsReusable => true;

        public ValueTask WriteToAsync<TWriter>(TWriter writer, CancellationToken token)
            where TWriter : IAsyncBinaryWriter => writer.Invoke(Content.AsMemory(0, Content.Length - Missing), token);
    }
}
