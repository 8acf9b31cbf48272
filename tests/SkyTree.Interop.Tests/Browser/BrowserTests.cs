using Microsoft.Playwright;
using SkyTree.Interop.Tests.Broker;
using SkyTree.Interop.Tests.Clients;
using Xunit;

namespace SkyTree.Interop.Tests.Browser;

/// <summary>MQTT.js where most of its users run it.</summary>
public sealed class BrowserTests(BrokerFixture broker, BrowserFixture browser) : InteropTest(broker), IClassFixture<BrowserFixture>
{
    private const string Blank = """<!doctype html><script src="node_modules/mqtt/dist/mqtt.min.js"></script>""";

    private readonly BrokerFixture _broker = broker;
    private readonly List<string> _console = [];

    [Fact]
    public async Task The_page_of_the_README_connects_subscribes_and_publishes()
    {
        const string Address = "ws://127.0.0.1:8080/mqtt";
        string html = await ReadmePageAsync();
        Assert.Contains(Address, html, StringComparison.Ordinal);
        IInteropClient witness = await Witness();
        await witness.SubscribeAsync("hello/#", 1);

        IPage page = await browser.OpenAsync(html.Replace(Address, _broker.Address("ws").AbsoluteUri, StringComparison.Ordinal), _console);

        await AssertShowsAsync(page, "hello/browser: from MQTT.js");
        await AssertReceives(witness, new Message("hello/browser", "from MQTT.js", 1));
        await witness.PublishAsync(new Message("hello/page", "from outside", 1));
        await AssertShowsAsync(page, "hello/page: from outside");
        await page.CloseAsync();
    }

    [Theory]
    [MemberData(nameof(Connections))]
    public async Task A_page_publishes_and_receives_at_each_QoS(string scheme, int version)
    {
        IPage page = await ConnectedPageAsync(scheme, version);
        foreach (int qos in (int[])[0, 1, 2])
        {
            string received = await page.EvaluateAsync<string>(
                """
                async ([topic, qos]) => {
                  const next = new Promise(resolve => client.once('message', (topic, payload, packet) => resolve(`${topic} q${packet.qos} ${payload}`)));
                  const [granted] = await client.subscribeAsync(topic, { qos });
                  await client.publishAsync(topic, 'from a page', { qos });
                  return `granted ${granted.qos}, ${await next}`;
                }
                """,
                new object[] { $"{Topic}/{qos}", qos });
            Assert.Equal($"granted {qos}, {Topic}/{qos} q{qos} from a page", received);
        }

        await page.CloseAsync();
    }

    [Theory]
    [MemberData(nameof(Connections))]
    public async Task A_page_receives_what_was_retained_and_its_share_of_a_group(string scheme, int version)
    {
        IInteropClient witness = await Witness();
        await witness.PublishAsync(new Message(Topic, "kept", 1, retain: true));
        IPage page = await ConnectedPageAsync(scheme, version);
        await page.EvaluateAsync(
            """
            async topic => {
              await client.subscribeAsync(topic, { qos: 1 });
              await client.subscribeAsync(`$share/pages/${topic}/shared`, { qos: 1 });
            }
            """,
            Topic);
        await AssertShowsAsync(page, $"{Topic} retained kept");
        await witness.PublishAsync(new Message($"{Topic}/shared", "to the group", 1));
        await AssertShowsAsync(page, $"{Topic}/shared to the group");
        await witness.PublishAsync(new Message(Topic, "", 1, retain: true));
        await page.CloseAsync();
    }

    [Theory]
    [MemberData(nameof(Connections))]
    public async Task A_page_that_is_closed_leaves_its_will(string scheme, int version)
    {
        IInteropClient witness = await Witness();
        await witness.SubscribeAsync(Topic, 1);
        IPage page = await ConnectedPageAsync(scheme, version);
        await page.CloseAsync();
        await AssertReceives(witness, new Message(Topic, "closed", 1));
    }

    public static TheoryData<string, int> Connections { get; } = new MatrixTheoryData<string, int>(["ws", "wss"], [4, 5]);

    /// <summary>A page with a connected <c>client</c> that writes what it receives into the page.</summary>
    private async Task<IPage> ConnectedPageAsync(string scheme, int version)
    {
        IPage page = await browser.OpenAsync(Blank, _console);
        try
        {
            await page.EvaluateAsync(
                """
                async ([url, protocolVersion, topic]) => {
                  const log = document.body.appendChild(document.createElement('pre'));
                  log.id = 'log';
                  window.client = mqtt.connect(url, { protocolVersion, reconnectPeriod: 0, will: { topic, payload: 'closed', qos: 1 } });
                  client.on('message', (topic, payload, packet) => log.append(`${topic}${packet.retain ? ' retained' : ''} ${payload}\n`));
                  await new Promise((resolve, reject) => {
                    client.once('connect', resolve);
                    client.once('error', reject);
                    client.once('close', () => reject(new Error('closed')));
                  });
                }
                """,
                new object[] { _broker.Address(scheme).AbsoluteUri, version, Topic });
        }
        catch (PlaywrightException exception)
        {
            Assert.Fail($"{exception.Message}\n{string.Join('\n', _console)}\n{_broker.Report}");
        }

        return page;
    }

    private async Task AssertShowsAsync(IPage page, string line)
    {
        try
        {
            await page.Locator("#log", new PageLocatorOptions { HasText = line }).WaitForAsync();
        }
        catch (TimeoutException)
        {
            Assert.Fail($"The page does not show '{line}' but: {await page.ContentAsync()}\n{string.Join('\n', _console)}");
        }
    }

    /// <summary>What the README pastes into index.html.</summary>
    private static async Task<string> ReadmePageAsync()
    {
        string[] lines = await File.ReadAllLinesAsync(Path.Combine(Repository.Root, "README.md"));
        return string.Join('\n', lines.SkipWhile(line => line != "cat > index.html <<'HTML'").Skip(1).TakeWhile(line => line != "HTML"));
    }
}
