using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using SkyTree.AspNetCore.Memory;
using SkyTree.Core.Listeners;
using Xunit;

namespace SkyTree.Web.Tests.Listeners;

public class TcpListenerTests
{
    [Fact]
    public async Task Bytes_go_both_ways_and_the_peer_is_known()
    {
        await using EchoHost host = await EchoHost.StartAsync();
        using Socket client = await host.ConnectAsync("mqtt");
        Assert.True(await client.EchoesAsync());
        ListenerConnection accepted = host.NextAccepted();
        Assert.Equal(client.LocalEndPoint, accepted.RemoteEndPoint);
        Assert.Equal(client.RemoteEndPoint, accepted.LocalEndPoint);
        Assert.Equal(("mqtt", ListenerKind.Tcp), (accepted.Listener.Name, accepted.Listener.Kind));
        Assert.Null(accepted.CertificateSubject);
    }

    [Fact]
    public async Task A_connection_ends_when_it_has_been_served_after_its_last_bytes()
    {
        await using EchoHost host = await EchoHost.StartAsync();
        host.Serve = async connection => await connection.Transport.Output.WriteAsync("bye"u8.ToArray());
        using Socket client = await host.ConnectAsync("mqtt");
        Assert.Equal("bye", await client.ReceiveTextAsync(10));
    }

    [Fact]
    public async Task Its_memory_comes_in_whole_blocks_of_the_shared_pool()
    {
        await using EchoHost host = await EchoHost.StartAsync();
        var served = new TaskCompletionSource<(int Output, int Input)>();
        host.Serve = async connection =>
        {
            int output = connection.Transport.Output.GetMemory().Length;
            ReadResult read = await connection.Transport.Input.ReadAtLeastAsync(BlockPool.BlockSize);
            served.SetResult((output, read.Buffer.First.Length));
        };
        using Socket client = await host.ConnectAsync("mqtt");
        await client.SendAsync(new byte[2 * BlockPool.BlockSize]);
        (int output, int input) = await served.Task.WaitAsync(EchoHost.Deadline);
        Assert.Equal(BlockPool.BlockSize, output);
        Assert.Equal(BlockPool.BlockSize, input);
    }

    [Fact]
    public async Task Abort_ends_a_connection_that_is_being_served()
    {
        await using EchoHost host = await EchoHost.StartAsync();
        using Socket client = await host.ConnectAsync("mqtt");
        Assert.True(await client.EchoesAsync());
        host.NextAccepted().Abort();
        Assert.True(await client.IsClosedAsync());
    }

    [Fact]
    public async Task A_server_that_fails_ends_its_connection_alone()
    {
        await using EchoHost host = await EchoHost.StartAsync();
        host.Serve = _ => throw new InvalidOperationException("A failure that the test makes.");
        using Socket client = await host.ConnectAsync("mqtt");
        Assert.True(await client.IsClosedAsync());
        host.Serve = EchoHost.EchoAsync;
        using Socket next = await host.ConnectAsync("mqtt");
        Assert.True(await next.EchoesAsync());
    }

    [Theory]
    [InlineData("::1", "::1")]
    [InlineData("*", "::1")]
    [InlineData("*", "127.0.0.1")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    public async Task IPv4_and_IPv6_are_listened_to(string address, string target)
    {
        await using EchoHost host = await EchoHost.StartAsync($"--SkyTree:Listeners:mqtt:Address={address}");
        IPEndPoint endPoint = new(IPAddress.Parse(target), host.Listener("mqtt").EndPoint.Port);
        using Socket client = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(endPoint);
        Assert.True(await client.EchoesAsync());
        Assert.Equal(endPoint.Address, Assert.IsType<IPEndPoint>(host.NextAccepted().RemoteEndPoint).Address);
    }

    [Fact]
    public async Task Connections_over_the_maximum_are_closed_at_once()
    {
        await using EchoHost host = await EchoHost.StartAsync("--SkyTree:Listeners:mqtt:Limits:MaxConnections=1");
        Socket first = await host.ConnectAsync("mqtt");
        Assert.True(await first.EchoesAsync());
        Assert.True(await host.RefusesAsync("mqtt"));
        first.Dispose();
        await WaitFor(() => host.Listener("mqtt").Gate.Connections == 0);
        using Socket third = await host.ConnectAsync("mqtt");
        Assert.True(await third.EchoesAsync());
    }

    [Fact]
    public async Task Connections_over_the_rate_are_closed_at_once()
    {
        await using EchoHost host = await EchoHost.StartAsync("--SkyTree:Listeners:mqtt:Limits:ConnectionsPerSecond=1");
        int closed = 0;
        for (int i = 0; i < 20; i++)
        {
            closed += await host.RefusesAsync("mqtt") ? 1 : 0;
        }

        Assert.InRange(closed, 10, 19);
    }

    [Fact]
    public async Task Each_listener_counts_for_itself()
    {
        await using EchoHost host = await EchoHost.StartAsync(
            "--SkyTree:Listeners:mqtt:Limits:MaxUnauthenticated=1", "--SkyTree:Listeners:other:Kind=Tcp", "--SkyTree:Listeners:other:Port=0");
        using Socket first = await host.ConnectAsync("mqtt");
        Assert.True(await first.EchoesAsync());
        Assert.True(await host.RefusesAsync("mqtt"));
        using Socket other = await host.ConnectAsync("other");
        Assert.True(await other.EchoesAsync());
        host.NextAccepted().Admission!.Authenticated();
        using Socket admitted = await host.ConnectAsync("mqtt");
        Assert.True(await admitted.EchoesAsync());
    }

    [Fact]
    public async Task What_a_client_does_not_read_slows_the_server()
    {
        await using EchoHost host = await EchoHost.StartAsync();
        TaskCompletionSource<bool> waits = new(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Serve = async connection =>
        {
            byte[] block = new byte[64 * 1024];
            for (int i = 0; i < 10_000; i++)
            {
                ValueTask<FlushResult> flush = connection.Transport.Output.WriteAsync(block);
                if (!flush.IsCompleted)
                {
                    waits.TrySetResult(true);
                }

                if ((await flush).IsCompleted)
                {
                    return;
                }
            }
        };
        using Socket client = await host.ConnectAsync("mqtt");
        Assert.True(await waits.Task.WaitAsync(EchoHost.Deadline));
    }

    private static async Task WaitFor(Func<bool> condition)
        => await Task.Run(() => Assert.True(SpinWait.SpinUntil(condition, EchoHost.Deadline)));
}
