using System.Globalization;

namespace SkyTree.Web.Tests.Storage;

/// <summary>Clients that publish numbered messages, one after the other, until they are told to stop or the broker is gone.</summary>
internal sealed class Publishers
{
    private readonly int[] _acknowledged;
    private volatile bool _stopping;
    private Task[] _running = [];

    private Publishers(int count) => _acknowledged = new int[count];

    /// <summary>The number of the last acknowledged message of each.</summary>
    public int[] Acknowledged => [.. Enumerable.Range(0, _acknowledged.Length).Select(i => Volatile.Read(ref _acknowledged[i]))];

    public static Publishers Start(int port, int count, string topic, int[]? from = null)
    {
        Publishers publishers = new(count);
        from?.CopyTo(publishers._acknowledged, 0);
        publishers._running = [.. Enumerable.Range(0, count).Select(i => Task.Run(() => publishers.PublishAsync(port, i, $"{topic}/{i}")))];
        return publishers;
    }

    /// <summary>Waits until each has had some acknowledged since now.</summary>
    public async Task WaitForAsync(int more)
    {
        int[] wanted = [.. Acknowledged.Select(n => n + more)];
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(2));
        while (Acknowledged.Zip(wanted).Any(pair => pair.First < pair.Second))
        {
            await Task.Delay(10, deadline.Token);
        }
    }

    public async Task<int[]> StopAsync()
    {
        _stopping = true;
        await Task.WhenAll(_running);
        return Acknowledged;
    }

    private async Task PublishAsync(int port, int index, string topic)
    {
        try
        {
            await using Client client = await Client.ConnectAsync(port, $"publisher-{index}");
            while (!_stopping)
            {
                int next = _acknowledged[index] + 1;
                await client.PublishAsync(topic, string.Create(CultureInfo.InvariantCulture, $"{index}:{next}"));
                Volatile.Write(ref _acknowledged[index], next);
            }
        }
        catch (Exception exception) when (exception is not InvalidOperationException)
        {
            // The broker was killed.
        }
    }
}
