using SkyTree.Interop.Tests.Broker;
using SkyTree.Interop.Tests.Clients;
using Xunit;

[assembly: AssemblyFixture(typeof(BrokerFixture))]

namespace SkyTree.Interop.Tests.Broker;

/// <summary>
/// One broker with its four listeners for all tests of the assembly. With <c>SKYTREE_INTEROP_BROKER=mosquitto</c> it is
/// mosquitto instead, which tells a mistake of the tests from one of the broker.
/// </summary>
public sealed class BrokerFixture : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-interop-").FullName;
    private IReadOnlyDictionary<string, Uri> _addresses = new Dictionary<string, Uri>();
    private ChildProcess? _process;

    internal TestCertificates Certificates { get; private set; } = null!;

    /// <summary>The last lines that the broker wrote, and whether it still runs.</summary>
    internal string Report => _process is null ? "not started" : (_process.HasExited ? $"ended with {_process.ExitCode}\n" : "") + _process.Output;

    /// <summary>Where the listener for <c>mqtt</c>, <c>mqtts</c>, <c>ws</c> or <c>wss</c> is.</summary>
    internal Uri Address(string scheme) => _addresses[scheme];

    public async ValueTask InitializeAsync()
    {
        Certificates = new TestCertificates(_folder);
        if (Environment.GetEnvironmentVariable("SKYTREE_INTEROP_BROKER") == "mosquitto")
        {
            (_process, _addresses) = await MosquittoProcess.StartAsync(_folder, Certificates);
            return;
        }

        BrokerProcess broker = await BrokerProcess.StartAsync(
            _folder, ["--allow-anonymous"], Secure("interop-tls", "Tls").Concat(Secure("interop-wss", "SecureWebSocket")).ToDictionary());
        (_process, _addresses) = (broker.Process, broker.Addresses);
        Assert.Equal(["http", "mqtt", "mqtts", "ws", "wss"], _addresses.Keys.Order());
    }

    public async ValueTask DisposeAsync()
    {
        await DriverProcess.StopAllAsync();
        if (_process is not null)
        {
            await _process.StopAsync();
            await _process.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private Dictionary<string, string> Secure(string name, string kind) => new()
    {
        [$"SkyTree__Listeners__{name}__Kind"] = kind,
        [$"SkyTree__Listeners__{name}__Address"] = "127.0.0.1",
        [$"SkyTree__Listeners__{name}__Port"] = "0",
        [$"SkyTree__Listeners__{name}__Certificate__Path"] = Certificates.CertificatePath,
        [$"SkyTree__Listeners__{name}__Certificate__KeyPath"] = Certificates.KeyPath,
    };
}
