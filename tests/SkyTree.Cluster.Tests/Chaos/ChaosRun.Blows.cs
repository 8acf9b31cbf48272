using System.Globalization;
using SkyTree.Cluster.Tests.Network;

namespace SkyTree.Cluster.Tests.Chaos;

/// <content>How blows are dealt.</content>
internal sealed partial class ChaosRun
{
    private const int ShortMilliseconds = 200;
    private const int LongMilliseconds = 8_000; // longer than a node is waited for
    private const int LongestDelayMilliseconds = 150;
    private const int CalmMilliseconds = 2_500;
    private const int FastestFlushMilliseconds = 20;
    private const int SlowestFlushMilliseconds = 1_000; // longer than a request between nodes may take

    private static readonly Blow[] s_second = [Blow.Pause, Blow.Isolate, Blow.OneWay, Blow.CutPair, Blow.SlowDisk]; // at the same time as another

    private static readonly Blow[] s_ofDatabase = [Blow.KillLeader, Blow.KillDatabase, Blow.KillLeaderAndDatabase]; // the leader writes to it

    private TimeSpan _troubled;

    /// <summary>
    /// Every kind of blow once, in an order of the seed's, or with a database those that are about it; then one after the other, now and
    /// then two at a time; with calm between them, until they have lasted for long enough in all.
    /// </summary>
    private async Task TroubleAsync()
    {
        Blow[] blows = [.. Enum.GetValues<Blow>().Where(IsPossible)];
        Blow[] first = [.. _cluster.Database is null ? blows : s_ofDatabase];
        _random.Shuffle(first);
        for (int i = 0; i < first.Length || _troubled < _length; i++)
        {
            Blow blow = i < first.Length ? first[i] : blows[_random.Next(blows.Length)];
            int node = _random.Next(ChaosNetwork.Nodes);
            bool withSecond = i >= first.Length && _random.Next(4) == 0 && blow is not (Blow.KillLeader or Blow.KillAll or Blow.Replace or Blow.KillLeaderAndDatabase);
            TimeSpan began = _ledger.Now;
            await Task.WhenAll(
                StrikeAsync(blow, node),
                withSecond ? StrikeAsync(s_second[_random.Next(s_second.Length)], (node + 1) % ChaosNetwork.Nodes) : Task.CompletedTask);
            _troubled += _ledger.Now - began;
            await Task.Delay(_random.Next(CalmMilliseconds));
        }
    }

    private bool IsPossible(Blow blow) => blow switch
    {
        Blow.SlowDisk => _cluster.Disk is not null,
        Blow.KillDatabase or Blow.KillLeaderAndDatabase => _cluster.Database is not null,
        _ => true,
    };

    /// <summary>One blow; it is over when this returns.</summary>
    /// <param name="blow">What is done.</param>
    /// <param name="node">To which node, unless it is to be the one that leads.</param>
    private async Task StrikeAsync(Blow blow, int node)
    {
        // As often short as long.
        Random random = new(_random.Next()); // another blow may go on beside it
        int length = random.Next(2) == 0 ? random.Next(ShortMilliseconds, 2_000) : random.Next(2_000, LongMilliseconds);
        if (blow is Blow.KillLeader or Blow.KillLeaderAndDatabase || (blow is Blow.SlowDisk && random.Next(2) == 0))
        {
            node = _cluster.LastLeader ?? node;
        }

        _ledger.Note(string.Create(CultureInfo.InvariantCulture, $"{blow}, node {node}, {length} ms"));
        ChaosNetwork network = _cluster.Network;
        switch (blow)
        {
            case Blow.Kill or Blow.KillLeader:
                await KillAsync(node, length);
                break;
            case Blow.KillAll:
                await _cluster.KillAllAsync();
                await Task.WhenAll(Enumerable.Range(0, ChaosNetwork.Nodes).Select(StartNodeAsync));
                break;
            case Blow.Pause:
                _cluster.Nodes[node].Pause();
                await Task.Delay(length);
                _cluster.Nodes[node].Continue();
                break;
            case Blow.Isolate:
                await StopAsync(network.Of(node), length);
                break;
            case Blow.OneWay:
                bool away = random.Next(2) == 0;
                await StopAsync(Others(node).Select(other => away ? network[node, other] : network[other, node]), length);
                break;
            case Blow.CutPair:
                int second = (node + 1) % ChaosNetwork.Nodes;
                await StopAsync([network[node, second], network[second, node]], length);
                break;
            case Blow.Flap:
                for (TimeSpan end = _ledger.Now + TimeSpan.FromMilliseconds(length); _ledger.Now < end;)
                {
                    await StopAsync(network.Of(node), random.Next(50, 1_500));
                    await Task.Delay(random.Next(50, 1_000));
                }

                break;
            case Blow.Delay:
                TimeSpan delay = TimeSpan.FromMilliseconds(random.Next(5, LongestDelayMilliseconds));
                ProxyDirection[] delayed = [.. network.Of(node)];
                Array.ForEach(delayed, direction => direction.Delay = delay);
                await Task.Delay(length);
                Array.ForEach(delayed, direction => direction.Delay = TimeSpan.Zero);
                break;
            case Blow.SlowDisk:
                _cluster.Disk!.Slow(node, TimeSpan.FromMilliseconds(random.Next(FastestFlushMilliseconds, SlowestFlushMilliseconds)));
                await Task.Delay(length);
                _cluster.Disk.Fast(node);
                break;
            case Blow.Replace:
                await _cluster.ReplaceAsync(node);
                break;
            case Blow.KillDatabase:
                await KillDatabaseAsync(length);
                break;
            case Blow.KillLeaderAndDatabase:
                await Task.WhenAll(KillAsync(node, length), KillDatabaseAsync(length));
                break;
            default:
                throw new InvalidOperationException($"{blow} is no blow");
        }

        _ledger.Note(string.Create(CultureInfo.InvariantCulture, $"  {blow}, node {node}, is over"));
    }

    private static IEnumerable<int> Others(int node) => Enumerable.Range(0, ChaosNetwork.Nodes).Where(other => other != node);

    private static async Task StopAsync(IEnumerable<ProxyDirection> directions, int milliseconds)
    {
        ProxyDirection[] stopped = [.. directions];
        Array.ForEach(stopped, direction => direction.Stop());
        await Task.Delay(milliseconds);
        Array.ForEach(stopped, direction => direction.Pass());
    }

    private async Task KillAsync(int node, int milliseconds)
    {
        await _cluster.Nodes[node].KillAsync();
        await Task.Delay(milliseconds);
        await StartNodeAsync(node);
    }

    private async Task KillDatabaseAsync(int milliseconds)
    {
        await _cluster.Database!.KillAsync();
        await Task.Delay(milliseconds);
        await _cluster.Database.StartAsync();
    }

    private async Task StartNodeAsync(int node)
    {
        _cluster.Nodes[node].Launch();
        await _cluster.Nodes[node].WaitUntilReadyAsync();
    }
}
