using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Broker.Tests.Harness;
using SkyTree.Core;
using SkyTree.Core.Admin;
using SkyTree.Core.InProcess;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Access;
using SkyTree.Rules.Republishing;
using SkyTree.Sinks;

namespace SkyTree.Rules.Tests.Harness;

/// <summary>A broker with rules, in memory.</summary>
internal sealed class RuleBroker : IAsyncDisposable
{
    private readonly RuleSet _rules;
    private readonly SinkHost _sinks;
    private int _clients;

    private RuleBroker(RulesOptions options, BrokerOptions broker)
    {
        var security = new BrokerSecurity();
        _rules = new RuleSet(options, TimeProvider.System);
        Broker = new Core.Broker(
            broker,
            [new AnonymousAuthenticator(AnonymousMode.Always)],
            [],
            new RuleAuthorizer(security),
            TimeProvider.System,
            NullLoggerFactory.Instance,
            security: security,
            rewriter: _rules.Rewriter);
        Client = new SkyTreeClient(Broker);
        _sinks = new SinkHost(Broker, Client, _rules.Republishing.Select(name => _rules.ToSink(name, Client)), TimeProvider.System, NullLoggerFactory.Instance);
        Rules = new RuleAdmin(Broker, _rules, _sinks.Admin, TimeProvider.System);
    }

    public Core.Broker Broker { get; }

    public SkyTreeClient Client { get; }

    public RuleAdmin Rules { get; }

    public SinkAdmin Sinks => _sinks.Admin;

    public static Task<RuleBroker> StartAsync(params (string Name, RepublishOptions Rule)[] rules) => StartAsync(new BrokerOptions { SysTopicsSeconds = 0 }, rules);

    public static async Task<RuleBroker> StartAsync(BrokerOptions options, params (string Name, RepublishOptions Rule)[] rules)
    {
        var broker = new RuleBroker(new RulesOptions { Republish = rules.ToDictionary(pair => pair.Name, pair => pair.Rule) }, options);
        await broker.Broker.StartAsync();
        await broker._sinks.StartAsync();
        return broker;
    }

    /// <summary>Subscribes with a durable session.</summary>
    public Task<MessageSubscription> SubscribeAsync(params string[] filters) => Client.SubscribeAsync(new SubscribeOptions
    {
        Filters = filters,
        QoS = Core.Protocol.QoS.ExactlyOnce,
        RetainAsPublished = true,
        ClientId = $"reader-{Interlocked.Increment(ref _clients)}",
        SessionExpirySeconds = 3600,
    });

    /// <summary>The next message.</summary>
    public static async Task<ReceivedMessage> NextAsync(MessageSubscription subscription)
    {
        using CancellationTokenSource deadline = new(Deadline.Default);
        ReceivedMessage message = (await subscription.ReceiveAsync(deadline.Token))!;
        await subscription.AcknowledgeAsync(message, deadline.Token);
        return message;
    }

    /// <summary>Returns when a rule's status is so.</summary>
    public async Task<RuleStatus> UntilAsync(string rule, Func<RuleStatus, bool> condition)
    {
        using CancellationTokenSource deadline = new(Deadline.Default);
        while (true)
        {
            RuleStatus status = await Rules.GetAsync(Caller.Application, rule, CancellationToken.None);
            if (condition(status))
            {
                return status;
            }

            Assert.False(deadline.IsCancellationRequested, $"{status}");
            await Task.Delay(10, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _sinks.DisposeAsync();
        await Broker.DisposeAsync();
        _rules.Dispose();
    }
}
