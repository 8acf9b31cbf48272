using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.InProcess;
using SkyTree.Sinks.Tests.Harness;
using Xunit;

namespace SkyTree.Sinks.Tests;

/// <summary>What people see and do, and a sink of one's own.</summary>
public sealed partial class SinkAdminTests
{
    private static readonly Caller s_viewer = new("viewer", AdminRole.Viewer, null);

    [Fact]
    public async Task A_sink_that_is_paused_writes_nothing_until_it_goes_on_and_then_all()
    {
        ListSink sink = new();
        await using SinkBroker broker = await SinkBroker.StartAsync(sink.Definition);
        await broker.PublishAsync(["a"], 0, 5);
        await broker.UntilAsync("list", status => status.Written == 5);
        Assert.Equal(SinkState.Paused, (await broker.Sinks.Admin.PauseAsync(Caller.Console, "LIST")).State);
        await broker.PublishAsync(["a"], 5, 10);
        Assert.False((await broker.Broker.Admin.Sessions.GetAsync(Caller.Console, "sink-list")).IsConnected);
        Assert.Equal((5, 5), (sink.Written.Count, (await broker.UntilAsync("list", status => status.Lag == 5)).Lag));

        // It stays so over restarts.
        await broker.ReplaceAsync(sink.Definition);
        Assert.Equal(SinkState.Paused, (await broker.StatusAsync("list")).State);
        Assert.Equal(SinkState.Running, (await broker.Sinks.Admin.ResumeAsync(Caller.Console, "list")).State);
        await broker.UntilAsync("list", status => status is { Written: 5, Lag: 0 });
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], sink.Written);
        Assert.Equal(
            ["sinks.resume list", "sinks.pause list"],
            broker.Broker.Admin.AuditLog.List(Caller.Console, new(), null, 10).Items.Where(entry => entry.Action.StartsWith("sinks.", StringComparison.Ordinal)).Select(entry => $"{entry.Action} {entry.Target}"));
    }

    [Fact]
    public async Task Who_may_only_look_pauses_nothing_and_who_may_not_look_sees_nothing()
    {
        await using SinkBroker broker = await SinkBroker.StartAsync(new ListSink().Definition);
        Assert.Single(await broker.Sinks.Admin.ListAsync(s_viewer));
        Assert.Equal(AdminError.Denied, (await Assert.ThrowsAsync<AdminException>(() => broker.Sinks.Admin.PauseAsync(s_viewer, "list"))).Error);
        Assert.Equal(AdminError.Denied, (await Assert.ThrowsAsync<AdminException>(() => broker.Sinks.Admin.ResumeAsync(s_viewer, "list"))).Error);
        Assert.Equal(SinkState.Running, (await broker.StatusAsync("list")).State);
        Caller other = new("key", AdminRole.Administrator, null) { Scopes = new HashSet<(AdminArea, AdminAccess)> { (AdminArea.Sessions, AdminAccess.Write) } };
        Assert.Equal(AdminError.Denied, (await Assert.ThrowsAsync<AdminException>(() => broker.Sinks.Admin.ListAsync(other))).Error);
        Assert.Equal("sink_not_found", (await Assert.ThrowsAsync<AdminException>(() => broker.Sinks.Admin.GetAsync(s_viewer, "none"))).Code);
    }

    [Fact]
    public async Task A_sink_whose_session_is_ended_makes_another_and_goes_on()
    {
        ListSink sink = new();
        await using SinkBroker broker = await SinkBroker.StartAsync(sink.Definition);
        long epoch = (await broker.Broker.Admin.Sessions.GetAsync(Caller.Console, "sink-list")).Epoch;
        await broker.Broker.Admin.Sessions.DeleteAsync(Caller.Console, "sink-list");
        await Eventually.HoldsAsync(async () =>
            (await broker.Broker.Admin.Sessions.ListAsync(Caller.Console, new SessionFilter { ClientIdPrefix = "sink-list" }, null, 10)).Items is [{ IsConnected: true, SubscriptionCount: 1 }]);
        await broker.PublishAsync(["a"], 0, 3);
        await broker.UntilAsync("list", status => status is { State: SinkState.Running, Written: 3 });
        Assert.True(epoch > 0);
    }

    [Fact]
    public async Task What_is_being_written_when_it_is_to_stop_is_written_and_does_not_come_again()
    {
        ListSink sink = new();
        await using SinkBroker broker = await SinkBroker.StartAsync(sink.Definition);
        TaskCompletionSource<bool> gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        sink.Gate = gate.Task;
        await broker.PublishAsync(["a"], 0, 1);
        await Eventually.HoldsAsync(() => sink.IsWriting);
        Task stopped = broker.Sinks.StopAsync();
        gate.SetResult(true);
        await stopped;
        sink.Gate = Task.CompletedTask;
        await broker.ReplaceAsync(sink.Definition);
        await broker.PublishAsync(["a"], 1, 2);
        await broker.UntilAsync("list", status => status.Written == 1);
        Assert.Equal(["0", "1"], sink.Written);
    }

    [Fact]
    public async Task The_page_explains_every_metric_of_sinks_and_each_is_told_of_each_sink()
    {
        Dictionary<string, long> read = [];
        using MeterListener listener = new();
        List<string> instruments = [];
        using Meters meters = new();
        ListSink sink = new() { Failures = 2 };
        await using SinkBroker broker = await SinkBroker.StartAsync(meters, null, sink.Definition);
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Scope == meters && instrument.Meter.Name == SinkHost.MeterName)
            {
                instruments.Add(instrument.Name);
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            Assert.Equal("list", tags.ToArray().Single(tag => tag.Key == "sink").Value);
            read[instrument.Name] = value;
        });
        listener.Start();
        await broker.PublishAsync(["a"], 0, 3);
        await broker.UntilAsync("list", status => status is { Written: 3, Lag: 0 });
        listener.RecordObservableInstruments();
        Assert.Equal((3, 2, 0, 0, 0), (read["skytree.sink.written"], read["skytree.sink.failed"], read["skytree.sink.dead.lettered"], read["skytree.sink.retrying"], read["skytree.sink.lag"]));

        DirectoryInfo folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SkyTree.sln")))
        {
            folder = folder.Parent!;
        }

        string[] documented = [.. MetricRow().Matches(await File.ReadAllTextAsync(Path.Combine(folder.FullName, "docs", "metrics.md"))).Select(match => match.Groups[1].Value)];
        Assert.Equal(documented.Order(StringComparer.Ordinal), instruments.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Two_sinks_cannot_have_the_same_name() =>
        Assert.Contains("'list'", Assert.Throws<ArgumentException>(() => new SinkHost(
            new Core.Broker(new Core.BrokerOptions(), [], [], new Core.Security.Access.RuleAuthorizer(new Core.Security.BrokerSecurity()), TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance),
            null!,
            [new ListSink().Definition, new ListSink().Definition],
            TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance)).Message, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"^\| `(skytree\.sink\.[a-z.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    /// <summary>A sink as somebody else might write one.</summary>
    private sealed class ListSink : ISink
    {
        private readonly List<string> _written = []; // also the lock

        public ListSink() => Definition = new SinkDefinition("list", "List", new SinkOptions { Filters = ["a"], RetryMilliseconds = 10, LingerMilliseconds = 1 }, () => this);

        public SinkDefinition Definition { get; }

        public string Target => "a list";

        public Task Gate { get; set; } = Task.CompletedTask;

        public bool IsWriting { get; private set; }

        public int Failures { get; set; }

        public IReadOnlyList<string> Written
        {
            get
            {
                lock (_written)
                {
                    return [.. _written];
                }
            }
        }

        public async ValueTask WriteAsync(SinkBatch batch, CancellationToken cancellationToken)
        {
            IsWriting = true;
            await Gate.WaitAsync(cancellationToken);
            if (Failures-- > 0)
            {
                throw new InvalidOperationException("not yet");
            }

            lock (_written)
            {
                _written.AddRange(batch.Messages.Select(message => message.Text!));
            }
        }

        public ValueTask DisposeAsync() => default;
    }

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options)
        {
            options.Scope = this;
            return new Meter(options);
        }

        public void Dispose()
        {
        }
    }
}
