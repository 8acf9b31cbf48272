using SkyTree.Broker.Tests.Harness;
using SkyTree.Core.Security;

namespace SkyTree.Broker.Tests.Security;

/// <summary>Who was admitted until a time is connected until then, or until what re-authentication gave.</summary>
public sealed class AdmissionThatEndsTests : IAsyncLifetime
{
    private TestBroker _broker = null!;

    public async ValueTask InitializeAsync() => _broker = await TestBroker.StartAsync();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task The_connection_ends_with_what_admitted_it()
    {
        TestClient client = await ConnectAsync(TimeSpan.FromMinutes(5));
        await _broker.AdvanceAsync(TimeSpan.FromMinutes(4));
        await client.ExpectSilenceAsync();

        await _broker.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("maximum-connect-time", (await client.ReceiveAsync("DISCONNECT")).Reasons[0]);
        await client.ExpectCloseAsync();
    }

    [Fact]
    public async Task Re_authentication_makes_it_last_longer()
    {
        TestClient client = await ConnectAsync(TimeSpan.FromMinutes(5));
        await _broker.AdvanceAsync(TimeSpan.FromMinutes(4));
        Admit(TimeSpan.FromMinutes(5));
        await client.SendAsync("AUTH re-authenticate auth-method=CHALLENGE auth-data=\"hello\"");
        await client.ReceiveAsync("AUTH");
        await client.SendAsync("AUTH continue-authentication auth-method=CHALLENGE auth-data=\"carol\"");
        Assert.Equal("success", (await client.ReceiveAsync("AUTH")).Reasons[0]);

        await _broker.AdvanceAsync(TimeSpan.FromMinutes(4));
        await client.ExpectSilenceAsync();
        await _broker.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("maximum-connect-time", (await client.ReceiveAsync("DISCONNECT")).Reasons[0]);
    }

    private async Task<TestClient> ConnectAsync(TimeSpan duration)
    {
        Admit(duration);
        TestClient client = _broker.Open();
        await client.SendAsync("CONNECT client=a clean=1 keepalive=0 auth-method=CHALLENGE auth-data=\"hello\"");
        await client.ReceiveAsync("AUTH");
        await client.SendAsync("AUTH continue-authentication auth-method=CHALLENGE auth-data=\"carol\"");
        await client.ReceiveAsync("CONNACK");
        return client;
    }

    private void Admit(TimeSpan duration) => _broker.Challenge.Grant = new ClientGrant { ExpiresAt = _broker.Time.GetUtcNow() + duration };
}
