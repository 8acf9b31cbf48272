using System.Globalization;
using SkyTree.Interop.Tests.Broker;
using SkyTree.Interop.Tests.Clients;
using Xunit;

namespace SkyTree.Interop.Tests;

/// <summary>What the tests share: clients that end with the test, names that no other test uses, the broker's output on failure.</summary>
public abstract class InteropTest(BrokerFixture broker) : IAsyncDisposable
{
    private static int s_lastName; // counted with Interlocked

    private readonly List<IInteropClient> _clients = [];

    /// <summary>A topic of this test alone.</summary>
    internal string Topic { get; } = NewName("topic/");

    internal static bool ClientConnectsOnlyBySubscribing(string client) => client == "mosquitto";

    internal static string NewName(string prefix) =>
        prefix + Interlocked.Increment(ref s_lastName).ToString(CultureInfo.InvariantCulture) + "x" + Random.Shared.Next(0x10000).ToString("x4", CultureInfo.InvariantCulture);

    internal IInteropClient Client(string client, string scheme, int version, Inbox? inbox = null)
    {
        IInteropClient created = Peer.Create(broker.Address(scheme), broker.Certificates, client, version, inbox ?? new Inbox());
        _clients.Add(created);
        return created;
    }

    internal async Task<IInteropClient> ConnectedClient(string client, string scheme, int version, Message? will = null, Inbox? inbox = null)
    {
        IInteropClient created = Client(client, scheme, version, inbox);
        await created.ConnectAsync(new ConnectSettings(NewName("c"), Will: will));
        return created;
    }

    /// <summary>A client of another make, over plain TCP, that sees what the tested one does.</summary>
    internal Task<IInteropClient> Witness(int version = 5) => ConnectedClient("MQTTnet", "mqtt", version);

    /// <summary>
    /// The next messages are the expected ones, those of each QoS in order. Between two QoS there is none for the client's
    /// user: many clients hand a QoS 2 message on when its exchange is over, and meanwhile later ones of QoS 0 and 1 come.
    /// </summary>
    internal static async Task AssertReceives(IInteropClient client, params Message[] expected)
    {
        List<Message> received = [];
        while (received.Count < expected.Length)
        {
            received.Add(await client.ReceiveAsync());
        }

        Assert.Equal(
            expected.OrderBy(message => message.QoS).Select(message => message.ToString()),
            received.OrderBy(message => message.QoS).Select(message => message.ToString()));
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"The broker's output:\n{broker.Report}");
        }

        foreach (IInteropClient client in _clients)
        {
            await client.DisposeAsync();
        }
    }
}
