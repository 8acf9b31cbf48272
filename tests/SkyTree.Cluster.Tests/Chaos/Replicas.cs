using System.Text;
using SkyTree.Core.Messages;
using SkyTree.Core.Replication;
using SkyTree.Core.Replication.Records;
using SkyTree.Store.RocksDb;

namespace SkyTree.Cluster.Tests.Chaos;

/// <summary>What nodes that have ended keep, side by side.</summary>
internal static class Replicas
{
    private const int Page = 1_000;

    /// <summary>Where the data folders differ, in words; empty if they do not.</summary>
    public static async Task<IReadOnlyList<string>> CompareAsync(IReadOnlyList<string> folders)
    {
        List<Content> contents = [];
        foreach (string folder in folders)
        {
            contents.Add(await ReadAsync(folder));
        }

        List<string> differences = [];
        for (int i = 1; i < contents.Count; i++)
        {
            Compare(differences, $"0 and {i}, state", contents[0].State, contents[i].State);

            // Each node trims its log by itself: what only one still has is no difference.
            long from = Math.Max(contents[0].FirstOffset, contents[i].FirstOffset);
            Compare(differences, $"0 and {i}, messages", contents[0].Messages, contents[i].Messages, key => long.Parse(key, System.Globalization.CultureInfo.InvariantCulture) >= from);
        }

        return differences;
    }

    /// <summary>Up to where a node that has ended knew its messages in the external store.</summary>
    public static async Task<long> ReadStoredAsync(string folder)
    {
        await using RocksDbDatabase database = new(new RocksDbOptions { Folder = folder });
        database.Open();
        return BrokerState.ReadStored(database);
    }

    private static void Compare(List<string> differences, string which, Dictionary<string, string> first, Dictionary<string, string> second, Func<string, bool>? counts = null)
    {
        foreach (string key in first.Keys.Union(second.Keys).Where(key => counts?.Invoke(key) ?? true).Order(StringComparer.Ordinal))
        {
            string? one = first.GetValueOrDefault(key);
            string? other = second.GetValueOrDefault(key);
            if (one != other)
            {
                differences.Add($"{which}: {key} is {one ?? "missing"} and {other ?? "missing"}");
            }
        }
    }

    private static async Task<Content> ReadAsync(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException(folder); // else one is made, as empty as the next
        }

        await using RocksDbDatabase database = new(new RocksDbOptions { Folder = folder });
        database.Open();
        Dictionary<string, string> state = [];
        database.Read([], (key, value) =>
        {
            // The store's name is no command's; the index and the time rise with every empty entry.
            if (key[0] is not (StateKey.Store or StateKey.Applied or StateKey.Time))
            {
                state[$"{Encoding.ASCII.GetString(key)} ({Convert.ToHexString(key[1..])})"] = Convert.ToHexString(value);
            }

            return true;
        });

        Dictionary<string, string> messages = [];
        long after = 0;
        long first = long.MaxValue;
        while (true)
        {
            LogPage page = await database.Messages.ReadLogAsync(after, null, Page);
            foreach (StoredMessage message in page.Messages)
            {
                first = Math.Min(first, message.Offset);
                messages[message.Offset.ToString(System.Globalization.CultureInfo.InvariantCulture)] = $"{message.Topic} {Convert.ToHexString(message.Payload.Span)}";
            }

            if (page.Messages.Count == 0)
            {
                return new Content(state, messages, first);
            }

            after = page.Messages[^1].Offset;
        }
    }

    private sealed record Content(Dictionary<string, string> State, Dictionary<string, string> Messages, long FirstOffset);
}
