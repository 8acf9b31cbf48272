using System.IO.Pipelines;
using Microsoft.Extensions.Logging.Abstractions;
using SkyTree.Core.Listeners;
using SkyTree.Core.Security;
using SkyTree.Core.Tests.Harness;
using Xunit;

namespace SkyTree.Core.Tests.Connections;

/// <summary>What a wait ends in is sent, whichever thread ends it and whenever.</summary>
public sealed class FlushAfterWaitTests : IAuthenticator
{
    private readonly TaskCompletionSource<AuthenticationVerdict> _verdict = new();
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task CONNACK_is_sent_when_the_verdict_comes_before_the_connection_waits_for_it()
    {
        await using var broker = new Broker(new BrokerOptions(), [this], [], new DefaultAuthorizer(), TimeProvider.System, NullLoggerFactory.Instance);
        await broker.OpenAsync(TestContext.Current.CancellationToken);
        var transport = new TestTransport();
        var input = new HeldReader(transport.Input, () =>
        {
            // The connection has begun to ask and has not come to wait: now another thread answers.
            var thread = new Thread(() => _verdict.TrySetResult(AuthenticationVerdict.Admit));
            if (_asked.Task.IsCompleted)
            {
                thread.Start();
                thread.Join();
            }
        });
        Task served = broker.ServeAsync(new ListenerConnection
        {
            Listener = new Listener("test", ListenerKind.Tcp, new ListenerLimits()),
            Transport = new Duplex(input, transport.Output),
            Abort = () => { },
        });
        await transport.ClientOutput.WriteAsync(
            new byte[] { 0x10, 14, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 5, 2, 0, 0, 0, 0, 1, (byte)'a' },
            TestContext.Current.CancellationToken);
        var deadline = System.Diagnostics.Stopwatch.StartNew();
        while (transport.Flushes == 0 && deadline.Elapsed < TimeSpan.FromSeconds(5))
        {
            await Task.Yield();
        }

        Assert.Equal(SkyTree.Core.Protocol.PacketType.ConnAck, Assert.Single(transport.TakePackets()).Type);
        await transport.ClientOutput.CompleteAsync();
        await served.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    ValueTask<AuthenticationVerdict> IAuthenticator.AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        _asked.TrySetResult();
        return new(_verdict.Task);
    }

    private sealed class HeldReader(PipeReader reader, Action onAdvance) : PipeReader
    {
        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            onAdvance();
            reader.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => reader.CancelPendingRead();

        public override void Complete(Exception? exception = null) => reader.Complete(exception);

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => reader.ReadAsync(cancellationToken);

        public override bool TryRead(out ReadResult result) => reader.TryRead(out result);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
