using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.Admin.Sessions;
using SkyTree.Core.Replication;
using SkyTree.Core.Security;

namespace SkyTree.Bench.Micro;

/// <summary>The pages that people see of a broker with very many sessions.</summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The benchmark's clean-up disposes it.")]
public class SessionListBenchmarks
{
    private const int Sessions = 1_000_000;
    private static readonly Caller s_viewer = new("bench", AdminRole.Viewer, null);

    private Broker _broker = null!;

    [GlobalSetup]
    public async Task Fill()
    {
        _broker = new Broker(new BrokerOptions { SysTopicsSeconds = 0 }, [], [], new DefaultAuthorizer(), TimeProvider.System, NullLoggerFactory.Instance);
        await _broker.StartAsync();
        for (int i = 0; i < Sessions; i++)
        {
            string clientId = string.Create(CultureInfo.InvariantCulture, $"device-{i * 7919L % Sessions:D7}");
            SessionOpened opened = (await _broker.Replicator.ProposeAsync(new OpenSession(clientId, CleanStart: false, Durable: true, uint.MaxValue, null)))!;
            await _broker.Replicator.ProposeAsync(new CloseSession(opened.Session, opened.Epoch, null, DiscardWill: true));
        }
    }

    [GlobalCleanup]
    public async Task Stop() => await _broker.DisposeAsync();

    [Benchmark(Description = "first page of 1,000,000 sessions")]
    public Task<Page<SessionItem>> FirstPage() => ListAsync(null);

    [Benchmark(Description = "the same, of those that begin with a text")]
    public Task<Page<SessionItem>> Prefix() => ListAsync(new SessionFilter { ClientIdPrefix = "device-09" });

    [Benchmark(Description = "the same, of those that contain what none does")]
    public Task<Page<SessionItem>> Nobody() => ListAsync(new SessionFilter { ClientIdContains = "nobody" });

    private async Task<Page<SessionItem>> ListAsync(SessionFilter? filter) => await _broker.Admin.Sessions.ListAsync(s_viewer, filter, null, 100);
}
