using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using SkyTree.Core.Hooks;
using SkyTree.Core.Protocol;
using SkyTree.Core.Security;
using SkyTree.Core.Tests.Connections;

namespace SkyTree.Bench.Micro;

/// <summary>
/// What hooks of each kind cost a message on its whole way through the broker, as in <see cref="TransientPathBenchmarks"/>: QoS 0, 64 bytes, one
/// publisher and one subscriber. The hooks answer at once and change nothing.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Close is called at the end.")]
public class HookBenchmarks
{
    private const int Publishes = 1_000;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly byte[] _packets = PublishBatch.Encode([.. Enumerable.Range(0, Publishes).Select(i => $"plant/{i % 50}/temperature")], QoS.AtMostOnce);
    private InlineBroker _broker = null!;
    private InlineClient _publisher = null!;
    private InlineClient _subscriber = null!;

    /// <summary>Which hooks there are; <c>others</c>: of kinds that see no messages, and one that wants to see those of another client.</summary>
    [Params("none", "others", "authorize", "publish", "deliver")]
    public string Hooks { get; set; } = "";

    [GlobalSetup]
    public void Connect()
    {
        _broker = new InlineBroker(null, Hooks switch
        {
            "others" => [new Doorman(), new Watcher(_ => false)],
            "authorize" => [new Judge()],
            "publish" => [new Reader()],
            "deliver" => [new Watcher(client => client.ClientId == "subscriber")],
            _ => [],
        });
        _publisher = _broker.Connect("publisher");
        _subscriber = _broker.Connect("subscriber");
        _subscriber.Subscribe("plant/+/temperature", QoS.AtMostOnce);
    }

    [GlobalCleanup]
    public void Close() => _broker.Dispose();

    [Benchmark(Description = "1 to 1, QoS 0, 64 B", OperationsPerInvoke = Publishes)]
    public void OneToOne()
    {
        _publisher.Send(_packets);
        int messages = 0;
        SpinWait spin = default;
        long start = Stopwatch.GetTimestamp();
        while ((messages += _subscriber.Receive().Messages) < Publishes)
        {
            if (Stopwatch.GetElapsedTime(start) > s_limit)
            {
                throw new InvalidOperationException($"{messages} messages");
            }

            // What hooks see is sent on by another thread.
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    private sealed class Doorman : IAuthenticateHook, IConnectHook, ISubscribeHook, IClientHook
    {
        public ValueTask<AuthenticateAnswer> OnAuthenticateAsync(AuthenticateAttempt attempt, CancellationToken cancellationToken) => new(AuthenticateAnswer.AskNext);

        public ValueTask<HookAnswer> OnConnectAsync(ConnectAttempt attempt, CancellationToken cancellationToken) => new(HookAnswer.Continue);

        public ValueTask<HookAnswer> OnSubscribeAsync(SubscribeAttempt attempt, CancellationToken cancellationToken) => new(HookAnswer.Continue);
    }

    private sealed class Judge : IAuthorizeHook
    {
        public ValueTask<AuthorizeAnswer> OnAuthorizeAsync(AuthorizeAttempt attempt, CancellationToken cancellationToken) => new(AuthorizeAnswer.Allow);
    }

    private sealed class Reader : IPublishHook
    {
        public ValueTask<PublishAnswer> OnPublishAsync(PublishAttempt attempt, CancellationToken cancellationToken) => new(PublishAnswer.Continue);
    }

    private sealed class Watcher(Func<ClientIdentity, bool> wants) : IDeliverHook
    {
        public bool Wants(ClientIdentity client) => wants(client);

        public ValueTask<DeliverAnswer> OnDeliverAsync(DeliverAttempt attempt, CancellationToken cancellationToken) => new(DeliverAnswer.Continue);
    }
}
