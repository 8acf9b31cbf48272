using System.Net;
using Microsoft.Extensions.Time.Testing;
using SkyTree.Core.Listeners;
using Xunit;

namespace SkyTree.Core.Tests.Listeners;

public class ConnectionGateTests
{
    private static readonly IPAddress s_one = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress s_other = IPAddress.Parse("192.0.2.2");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Connections_are_admitted_up_to_the_maximum_and_again_when_one_has_left()
    {
        ConnectionGate gate = Gate(new() { MaxConnections = 2 });
        Admission first = gate.TryEnter(s_one)!;
        first.Authenticated();
        Assert.NotNull(gate.TryEnter(s_other));
        Assert.Null(gate.TryEnter(s_other));
        first.Dispose();
        Assert.NotNull(gate.TryEnter(s_other));
        Assert.Null(gate.TryEnter(s_other));
    }

    [Fact]
    public void Leaving_twice_frees_one_place()
    {
        ConnectionGate gate = Gate(new() { MaxConnections = 2 });
        Admission first = gate.TryEnter(s_one)!;
        Assert.NotNull(gate.TryEnter(s_one));
        first.Dispose();
        first.Dispose();
        Assert.Equal(1, gate.Connections);
        Assert.Equal(1, gate.Unauthenticated);
    }

    [Fact]
    public void The_maximum_of_one_address_leaves_room_for_others()
    {
        ConnectionGate gate = Gate(new() { MaxConnectionsPerAddress = 1 });
        Admission first = gate.TryEnter(s_one)!;
        first.Authenticated();
        Assert.Null(gate.TryEnter(s_one));
        Assert.NotNull(gate.TryEnter(s_other));
        first.Dispose();
        Assert.NotNull(gate.TryEnter(s_one));
    }

    [Fact]
    public void Unauthenticated_connections_are_bounded_until_they_authenticate()
    {
        ConnectionGate gate = Gate(new() { MaxUnauthenticated = 1 });
        Admission first = gate.TryEnter(s_one)!;
        Assert.Null(gate.TryEnter(s_other));
        first.Authenticated();
        first.Authenticated();
        Assert.Equal(0, gate.Unauthenticated);
        Assert.NotNull(gate.TryEnter(s_other));
    }

    [Fact]
    public void Unauthenticated_connections_are_bounded_per_address()
    {
        ConnectionGate gate = Gate(new() { MaxUnauthenticatedPerAddress = 1 });
        Admission first = gate.TryEnter(s_one)!;
        Assert.Null(gate.TryEnter(s_one));
        Assert.NotNull(gate.TryEnter(s_other));
        first.Authenticated();
        Assert.NotNull(gate.TryEnter(s_one));
    }

    [Theory]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("2001:db8::1", "2001:db8::ffff:2", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    [InlineData("192.0.2.1", "192.0.2.3", false)]
    public void An_address_is_IPv4_in_either_form_or_the_first_half_of_IPv6(string one, string other, bool same)
    {
        ConnectionGate gate = Gate(new() { MaxConnectionsPerAddress = 1 });
        Assert.NotNull(gate.TryEnter(IPAddress.Parse(one)));
        Assert.Equal(same, gate.TryEnter(IPAddress.Parse(other)) is null);
    }

    [Fact]
    public void The_rate_allows_a_burst_of_one_second_and_then_its_pace()
    {
        ConnectionGate gate = Gate(new() { ConnectionsPerSecond = 10 });
        Assert.Equal(10, Enumerable.Range(0, 20).Count(_ => gate.TryEnter(s_one) is not null));
        _time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Equal(3, Enumerable.Range(0, 20).Count(_ => gate.TryEnter(s_one) is not null));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(10, Enumerable.Range(0, 20).Count(_ => gate.TryEnter(s_one) is not null));
    }

    [Fact]
    public void An_address_is_forgotten_with_its_last_connection()
    {
        ConnectionGate gate = Gate(new() { MaxConnectionsPerAddress = 5 });
        Admission[] admissions = [gate.TryEnter(s_one)!, gate.TryEnter(s_one)!, gate.TryEnter(s_other)!];
        admissions[0].Authenticated();
        Assert.Equal(2, gate.Addresses);
        Array.ForEach(admissions, admission => admission.Dispose());
        Assert.Equal(0, gate.Addresses);
        Assert.Equal(0, gate.Connections);
    }

    [Fact]
    public void Without_a_limit_per_address_an_authenticated_connection_is_not_remembered_by_address()
    {
        ConnectionGate gate = Gate(new());
        Admission admission = gate.TryEnter(s_one)!;
        admission.Authenticated();
        Assert.Equal(0, gate.Addresses);
        admission.Dispose();
        Assert.Equal(0, gate.Connections);
    }

    [Fact]
    public void A_connection_behind_a_proxy_counts_for_the_address_that_is_named_later()
    {
        ConnectionGate gate = Gate(new() { MaxConnectionsPerAddress = 1 });
        Admission first = gate.TryEnter(address: null)!;
        Admission second = gate.TryEnter(address: null)!;
        Assert.True(first.TryAttribute(s_one));
        Assert.False(second.TryAttribute(s_one));
        first.Dispose();
        Assert.True(second.TryAttribute(s_one));
        second.Dispose();
        Assert.Equal(0, gate.Addresses);
    }

    [Fact]
    public void A_closed_gate_admits_nobody_and_keeps_who_is_inside()
    {
        ConnectionGate gate = Gate(new());
        using Admission admission = gate.TryEnter(s_one)!;
        gate.Close();
        Assert.Null(gate.TryEnter(s_one));
        Assert.Equal(1, gate.Connections);
    }

    private ConnectionGate Gate(ListenerLimits limits) => new(limits, _time);
}
