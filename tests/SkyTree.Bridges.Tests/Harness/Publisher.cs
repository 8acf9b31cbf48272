using System.Globalization;
using Xunit;

namespace SkyTree.Bridges.Tests.Harness;

/// <summary>Publishes rising numbers, each to all of its topics and until it is acknowledged.</summary>
internal sealed class Publisher(Func<Uri> address, string clientId, params string[] topics)
{
    private volatile int _count;

    public int Count => _count;

    public Peer Peer { get; } = Peer.Of(address, clientId);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            foreach (string topic in topics)
            {
                await Peer.InsistOnAsync(topic, Text(_count));
            }

            _count++;
            await Task.Delay(2, CancellationToken.None); // else mosquitto takes more than there is time to look at
        }
    }

    /// <summary>Returns when each has published some more.</summary>
    public static async Task ProgressAsync(params Publisher[] publishers)
    {
        int[] before = [.. publishers.Select(publisher => publisher.Count)];
        await Eventually.HoldsAsync(
            () => publishers.Zip(before).All(pair => pair.First.Count >= pair.Second + 60),
            () => string.Join(", ", publishers.Zip(before).Select(pair => $"{pair.Second} and now {pair.First.Count}")));
    }

    /// <summary>Asserts that somebody gets all numbers: some again after a restart, but in order when each comes for the first time.</summary>
    public async Task AssertAllAsync(Peer peer, string topic)
    {
        int count = Count;
        await Eventually.HoldsAsync(() => peer.Texts(topic).Distinct().Count() >= count, () => $"{topic}: without {string.Join(", ", Enumerable.Range(0, count).Select(Text).Except(peer.Texts(topic)))} of {count}; the last are {string.Join(", ", peer.Texts(topic).TakeLast(5))}");
        Assert.Equal(Enumerable.Range(0, count).Select(Text), peer.Texts(topic).Distinct());
    }

    public static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
