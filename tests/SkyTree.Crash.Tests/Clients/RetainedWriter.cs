using System.Globalization;
using System.Text;
using SkyTree.Crash.Tests.Ledger;

namespace SkyTree.Crash.Tests.Clients;

/// <summary>Sets, replaces and clears the retained messages of a few topics, each at a QoS of its own.</summary>
internal sealed class RetainedWriter(CrashClient client, RetainedLedger ledger, Random random)
{
    private const int Topics = 8;
    private const int Window = 10;
    private const int LongestPauseMilliseconds = 25;

    public CrashClient Client => client;

    /// <summary>Goes on until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await client.UntilAsync(() => client.Unfinished < Window, stop);
                int topic = random.Next(Topics);
                RetainedLedger.Change change = ledger.Sent(string.Create(CultureInfo.InvariantCulture, $"r/{topic}"), clears: random.Next(5) == 0);
                await client.PublishAsync(
                    change.Topic,
                    qos: 1 + (topic % 2),
                    retain: true,
                    Encoding.ASCII.GetBytes(change.Payload ?? ""),
                    () => ledger.Acknowledged(change));
                await Task.Delay(random.Next(LongestPauseMilliseconds), stop);
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }
}
