using System.Globalization;
using System.Text;
using SkyTree.Core.Admin.Nodes;
using SkyTree.Core.Diagnostics.Tracing;

namespace SkyTree.Core.Admin.Tracing;

/// <summary>
/// Recordings of packets, as lines for people: time, client, address, direction, packet, the beginning of a payload. Passwords
/// and authentication data are never recorded. A recording is made by all nodes that answer when it begins.
/// </summary>
public sealed class TraceAdmin
{
    /// <summary>So many recordings each node keeps.</summary>
    public const int MaximumTraces = 10;

    /// <summary>The longest recording in seconds.</summary>
    public const int LongestSeconds = 3600;

    /// <summary>The largest recording in bytes, on each node.</summary>
    public const int LargestBytes = 4 * 1024 * 1024;

    private readonly AdminParts _parts;

    internal TraceAdmin(AdminParts parts)
    {
        _parts = parts;
        parts.Nodes.Answer<StartQuestion, bool>("trace.start", (question, _) => new(StartHere(question)));
        parts.Nodes.Answer<TraceQuestion, bool>("trace.stop", (question, _) => new(StopHere(question.Id)));
        parts.Nodes.Answer<TraceQuestion, bool>("trace.delete", (question, _) => new(_parts.Services.Traces.Remove(question.Id)));
        parts.Nodes.Answer<ListQuestion, IReadOnlyList<TraceItem>>("trace.list", (_, _) => new(ListHere()));
        parts.Nodes.Answer<TraceQuestion, IReadOnlyList<TraceLine>?>("trace.read", (question, _) => new(ReadHere(question.Id)));
    }

    /// <summary>Begins a recording.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="request">Of what, and how long.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, the request makes no sense, or there are as many as allowed.</exception>
    public async Task<TraceItem> StartAsync(Caller caller, TraceRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(request);
        caller.Require(AdminArea.Trace, AdminAccess.Write);
        if (request.ClientId is null && request.Filter is null && request.Address is null)
        {
            throw AdminMistakes.Invalid("clientId", "trace_of_what", "Say one or more of clientId, filter and address.");
        }

        if (request.Filter is not null)
        {
            AdminMistakes.RequireFilter("filter", request.Filter);
        }

        if (request.Seconds is < 1 or > LongestSeconds || request.MaximumBytes is < 1024 or > LargestBytes)
        {
            throw AdminMistakes.Invalid("seconds", "bad_bounds", string.Create(CultureInfo.InvariantCulture, $"A recording takes 1 to {LongestSeconds} seconds and 1,024 to {LargestBytes} bytes."));
        }

        long nowMs = _parts.Context.NowMs;
        var question = new StartQuestion(Guid.NewGuid(), request, nowMs, nowMs + (request.Seconds * 1000L));
        if (!StartHere(question))
        {
            throw new AdminException(AdminError.LimitExceeded, "too_many_traces", string.Create(CultureInfo.InvariantCulture, $"There are {MaximumTraces} recordings already; delete one."));
        }

        (_, IReadOnlyList<Guid> away) = await _parts.Nodes.AskOthersAsync<StartQuestion, bool>("trace.start", question, cancellationToken).ConfigureAwait(false);
        await _parts.Audit.NoteAsync(caller, "trace.start", question.Id.ToString(), after: AdminJson.Write(request)).ConfigureAwait(false);
        return ListHere().First(item => item.Id == question.Id) with { Unavailable = away };
    }

    /// <summary>The recordings, those first that were begun last.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not.</exception>
    public async Task<IReadOnlyList<TraceItem>> ListAsync(Caller caller, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Trace, AdminAccess.Read);
        (IReadOnlyList<(Guid Node, IReadOnlyList<TraceItem> Answer)> answers, IReadOnlyList<Guid> away) =
            await _parts.Nodes.AskOthersAsync<ListQuestion, IReadOnlyList<TraceItem>>("trace.list", new ListQuestion(), cancellationToken).ConfigureAwait(false);
        return
        [
            .. ListHere().Concat(answers.SelectMany(answer => answer.Answer))
                .GroupBy(item => item.Id)
                .Select(same => same.First() with
                {
                    IsOn = same.Any(item => item.IsOn),
                    IsFull = same.Any(item => item.IsFull),
                    Lines = same.Sum(item => item.Lines),
                    Bytes = same.Sum(item => item.Bytes),
                    Unavailable = away,
                })
                .OrderByDescending(item => item.StartedAt),
        ];
    }

    /// <summary>Ends a recording; what it has stays.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or there is none.</exception>
    public Task StopAsync(Caller caller, Guid id, CancellationToken cancellationToken = default) =>
        ChangeAsync(caller, "trace.stop", id, StopHere(caller, id), cancellationToken);

    /// <summary>Ends a recording and forgets it.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or there is none.</exception>
    public Task DeleteAsync(Caller caller, Guid id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Trace, AdminAccess.Write);
        return ChangeAsync(caller, "trace.delete", id, _parts.Services.Traces.Remove(id), cancellationToken);
    }

    /// <summary>A recording as text in UTF-8, one packet a line, of all nodes that answer in the order of time. It holds payloads.</summary>
    /// <param name="caller">Who asks; the right to change traces is needed, since payloads are handed out.</param>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The caller may not, or there is none.</exception>
    public async Task<string> DownloadAsync(Caller caller, Guid id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Trace, AdminAccess.Write);
        (IReadOnlyList<(Guid Node, IReadOnlyList<TraceLine>? Answer)> answers, IReadOnlyList<Guid> away) =
            await _parts.Nodes.AskOthersAsync<TraceQuestion, IReadOnlyList<TraceLine>?>("trace.read", new TraceQuestion(id), cancellationToken).ConfigureAwait(false);
        List<IReadOnlyList<TraceLine>> parts = [.. answers.Select(answer => answer.Answer).Prepend(ReadHere(id)).OfType<IReadOnlyList<TraceLine>>()];
        if (parts.Count == 0)
        {
            throw NotFound(id);
        }

        var text = new StringBuilder();
        foreach (Guid node in away)
        {
            text.Append(CultureInfo.InvariantCulture, $"# node {node} did not answer\n");
        }

        foreach (TraceLine line in parts.SelectMany(part => part).OrderBy(line => line.AtMs))
        {
            text.Append(line.Text).Append('\n');
        }

        await _parts.Audit.NoteAsync(caller, "trace.download", id.ToString()).ConfigureAwait(false);
        return text.ToString();
    }

    private async Task ChangeAsync(Caller caller, string name, Guid id, bool doneHere, CancellationToken cancellationToken)
    {
        (IReadOnlyList<(Guid Node, bool Answer)> answers, _) =
            await _parts.Nodes.AskOthersAsync<TraceQuestion, bool>(name, new TraceQuestion(id), cancellationToken).ConfigureAwait(false);
        if (!doneHere && !answers.Any(answer => answer.Answer))
        {
            throw NotFound(id);
        }

        await _parts.Audit.NoteAsync(caller, name, id.ToString()).ConfigureAwait(false);
    }

    private bool StartHere(StartQuestion question) => _parts.Services.Traces.TryAdd(
        new PacketTrace(question.Id, question.Request.ClientId, question.Request.Filter, question.Request.Address, question.StartedMs, question.EndsMs, question.Request.MaximumBytes),
        MaximumTraces);

    private bool StopHere(Caller caller, Guid id)
    {
        ArgumentNullException.ThrowIfNull(caller);
        caller.Require(AdminArea.Trace, AdminAccess.Write);
        return StopHere(id);
    }

    private bool StopHere(Guid id)
    {
        PacketTrace? trace = Find(id);
        trace?.Stop();
        _parts.Services.Traces.Review();
        return trace is not null;
    }

    private PacketTrace? Find(Guid id) => _parts.Services.Traces.All.FirstOrDefault(trace => trace.Id == id);

    private List<TraceItem> ListHere() =>
    [
        .. _parts.Services.Traces.All.Select(trace =>
        {
            (int lines, int bytes) = trace.Size;
            return new TraceItem
            {
                Id = trace.Id,
                ClientId = trace.ClientId,
                Filter = trace.Filter,
                Address = trace.Address,
                StartedAt = DateTimeOffset.FromUnixTimeMilliseconds(trace.StartedMs),
                EndsAt = DateTimeOffset.FromUnixTimeMilliseconds(trace.EndsMs),
                MaximumBytes = trace.MaximumBytes,
                IsOn = trace.IsOn(_parts.Context.NowMs),
                IsFull = trace.IsFull,
                Lines = lines,
                Bytes = bytes,
            };
        }),
    ];

    private List<TraceLine>? ReadHere(Guid id) => Find(id) is { } trace ? [.. trace.Read().Select(line => new TraceLine(line.AtMs, line.Line))] : null;

    private static AdminException NotFound(Guid id) => new(AdminError.NotFound, "trace_not_found", $"There is no recording {id}.");

    internal sealed record StartQuestion(Guid Id, TraceRequest Request, long StartedMs, long EndsMs);

    internal sealed record TraceQuestion(Guid Id);

    internal sealed record ListQuestion;

    internal sealed record TraceLine(long AtMs, string Text);
}

/// <summary>What is to be recorded: packets that fit all that is set, of which there is at least one.</summary>
public sealed record TraceRequest
{
    /// <summary>Of this client.</summary>
    public string? ClientId { get; init; }

    /// <summary>PUBLISH packets whose topics match.</summary>
    public string? Filter { get; init; }

    /// <summary>Of this address, without port.</summary>
    public string? Address { get; init; }

    /// <summary>So many seconds, 1 to 3,600.</summary>
    public int Seconds { get; init; } = 60;

    /// <summary>So many bytes on each node, 1,024 to 4,194,304.</summary>
    public int MaximumBytes { get; init; } = 1024 * 1024;
}

/// <summary>A recording.</summary>
public sealed record TraceItem
{
    /// <summary>Its id.</summary>
    public Guid Id { get; init; }

    /// <summary>Of this client, or null.</summary>
    public string? ClientId { get; init; }

    /// <summary>PUBLISH packets whose topics match, or null.</summary>
    public string? Filter { get; init; }

    /// <summary>Of this address, or null.</summary>
    public string? Address { get; init; }

    /// <summary>When it began.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ends at the latest.</summary>
    public DateTimeOffset EndsAt { get; init; }

    /// <summary>So many bytes it holds on each node.</summary>
    public int MaximumBytes { get; init; }

    /// <summary>Whether it records.</summary>
    public bool IsOn { get; init; }

    /// <summary>Whether it ended since it held as much as it may.</summary>
    public bool IsFull { get; init; }

    /// <summary>Packets in it.</summary>
    public int Lines { get; init; }

    /// <summary>Bytes in it.</summary>
    public int Bytes { get; init; }

    /// <summary>Nodes that did not answer: they do not record, or theirs is missing.</summary>
    public IReadOnlyList<Guid> Unavailable { get; init; } = [];
}
