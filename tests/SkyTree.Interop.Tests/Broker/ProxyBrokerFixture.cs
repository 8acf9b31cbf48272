using Xunit;

namespace SkyTree.Interop.Tests.Broker;

/// <summary>A broker whose listeners stand behind proxies. Only clients of this machine may be anonymous.</summary>
public sealed class ProxyBrokerFixture : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-proxy-").FullName;
    private BrokerProcess? _broker;

    internal string Report => _broker?.Process.Output ?? "not started";

    internal Uri Address(string scheme) => _broker!.Addresses[scheme];

    public async ValueTask InitializeAsync() => _broker = await BrokerProcess.StartAsync(_folder, [], new Dictionary<string, string>
    {
        ["SkyTree__Listeners__mqtt__ProxyProtocol"] = "Required",
        ["SkyTree__Listeners__http__ProxyProtocol"] = "Required",
    });

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
