using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using MQTTnet;
using MQTTnet.Protocol;
using SkyTree.AspNetCore.Administration;
using SkyTree.Core.Admin;
using SkyTree.Tests;
using SkyTree.Web.Tests.Api;
using Xunit;

namespace SkyTree.Web.Tests.Observability;

/// <summary>A publish on one node of a cluster is followed to who gets it on another.</summary>
public sealed class ClusterTracingTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-traces-").FullName;
    private readonly string _traceId = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly List<InProcess> _nodes = [];
    private ActivityListener _listener = null!;

    public async ValueTask InitializeAsync()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "SkyTree",
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId.ToHexString() == _traceId ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = activity =>
            {
                if (activity.TraceId.ToHexString() == _traceId)
                {
                    _ended.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
        await StartAsync("Found");
        string joining = await StartAsync("Join");
        await _nodes[0].Services.GetRequiredService<ClusterControl>().AddAsync(Caller.Console, joining, default).WaitAsync(TimeSpan.FromMinutes(2));
        await ApiHost.UntilAsync(() => Task.FromResult(_nodes.TrueForAll(node => node.Broker.IsServing)));
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        foreach (InProcess node in _nodes.AsEnumerable().Reverse())
        {
            await node.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(MqttQualityOfServiceLevel.AtMostOnce, 0u)]
    [InlineData(MqttQualityOfServiceLevel.AtLeastOnce, 0u)]
    [InlineData(MqttQualityOfServiceLevel.AtLeastOnce, 1000u)]
    public async Task The_trace_goes_on_on_the_other_node(MqttQualityOfServiceLevel qos, uint expirySeconds)
    {
        using IMqttClient subscriber = await _nodes[1].ConnectAsync("subscriber", expirySeconds);
        TaskCompletionSource<MqttApplicationMessage> received = new(TaskCreationOptions.RunContinuationsAsynchronously);
        subscriber.ApplicationMessageReceivedAsync += message =>
        {
            received.TrySetResult(message.ApplicationMessage);
            return Task.CompletedTask;
        };
        await subscriber.SubscribeAsync("traced/#", qos);
        using IMqttClient publisher = await _nodes[0].ConnectAsync("publisher");
        await publisher.PublishAsync(new MqttApplicationMessageBuilder()
            .WithTopic("traced/a").WithPayload("m").WithQualityOfServiceLevel(qos)
            .WithUserProperty("traceparent", Encoding.ASCII.GetBytes($"00-{_traceId}-b7ad6b7169203331-01")).WithUserProperty("tracestate", "k=v"u8.ToArray()).Build());

        MqttApplicationMessage message = await received.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await ApiHost.UntilAsync(() => Task.FromResult(_ended.Count == 2));
        Activity publish = Assert.Single(_ended, activity => activity.OperationName == "publish");
        Activity deliver = Assert.Single(_ended, activity => activity.OperationName == "deliver");
        Assert.Equal("b7ad6b7169203331", publish.ParentSpanId.ToHexString());
        Assert.Equal(publish.SpanId, deliver.ParentSpanId);
        Assert.Equal("subscriber", deliver.GetTagItem("messaging.client.id"));
        Assert.Equal("k=v", deliver.TraceStateString);
        Assert.Equal(deliver.Id, Encoding.ASCII.GetString(message.UserProperties.Single(property => property.Name == "traceparent").ValueBuffer.Span));
    }

    /// <returns>The address that other nodes know it by.</returns>
    private async Task<string> StartAsync(string how)
    {
        int logPort = FreePort.Find();
        _nodes.Add(await InProcess.StartAsync(
            Path.Combine(_folder, how),
            "--SkyTree:Cluster:Enabled=true",
            $"--SkyTree:Cluster:Start={how}",
            "--SkyTree:Cluster:Address=127.0.0.1",
            $"--SkyTree:Cluster:LogPort={logPort}",
            $"--SkyTree:Cluster:PeerPort={FreePort.Find()}",
            "--SkyTree:Cluster:Secret=a secret of these tests",
            "--SkyTree:Cluster:NodeTimeoutSeconds=60"));
        return $"127.0.0.1:{logPort}";
    }
}
