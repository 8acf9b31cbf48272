using System.Globalization;
using SkyTree.Crash.Tests.Ledger;

namespace SkyTree.Crash.Tests.Clients;

/// <summary>
/// Publishes numbered messages at QoS 1 and 2 to topics of its own, in bursts with pauses between them, and never more
/// unfinished ones than its window. What the broker does not take it waits for.
/// </summary>
internal sealed class Publisher(CrashClient client, CrashLedger ledger, Random random)
{
    /// <summary>Topics of each publisher: <c>c/{publisher}/{number}</c>.</summary>
    public const int Topics = 3;

    private const int Window = 50;
    private const int LongestBurst = 40;
    private const int ShortPauseMilliseconds = 30;
    private const int LongPauseMilliseconds = 120;
    private const int ShortPayload = 24;
    private const int LongPayload = 1500;

    public CrashClient Client => client;

    /// <summary>Publishes until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                for (int left = random.Next(1, LongestBurst); left > 0; left--)
                {
                    await client.UntilAsync(() => client.Unfinished < Window, stop);
                    await PublishAsync(random.Next(Topics), random.Next(1, 3));
                }

                await Task.Delay(random.Next(ShortPauseMilliseconds, LongPauseMilliseconds), stop);
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }

    /// <summary>One message to each topic at each QoS.</summary>
    public async Task PublishToAllAsync()
    {
        for (int topic = 0; topic < Topics; topic++)
        {
            await PublishAsync(topic, 1);
            await PublishAsync(topic, 2);
        }
    }

    private async Task PublishAsync(int topic, int qos)
    {
        int length = random.Next(8) == 0 ? random.Next(ShortPayload, LongPayload) : ShortPayload;
        string name = string.Create(CultureInfo.InvariantCulture, $"c/{client.Name}/{topic}");
        SentMessage message = ledger.Sent(client.Name, name, qos, length);
        await client.PublishAsync(name, qos, retain: false, message.Payload(), () => ledger.Acknowledged(message));
    }
}
