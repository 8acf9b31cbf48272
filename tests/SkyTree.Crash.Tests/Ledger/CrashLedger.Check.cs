namespace SkyTree.Crash.Tests.Ledger;

/// <summary>What is wrong with what happened.</summary>
internal sealed partial class CrashLedger
{
    private const int Shown = 8;

    /// <summary>Judges everything so far. Meant for the end, when nothing is on its way any more.</summary>
    public IReadOnlyList<Finding> Check()
    {
        lock (_gate)
        {
            List<Finding> findings = [.. _findings];
            foreach (Reader reader in _readers.Values)
            {
                findings.AddRange(Lost(reader));
                findings.AddRange(Doubled(reader));
                if (!reader.IsGroup)
                {
                    findings.AddRange(OutOfOrder(reader));
                }
            }

            return findings;
        }
    }

    private IEnumerable<Finding> Lost(Reader reader)
    {
        List<SentMessage> lost =
        [
            .. _sent.Values.SelectMany(messages => messages)
                .Where(message => message.AcknowledgedAt is not null && message.Expecting.Contains(reader) && !reader.Seen.Contains(message)),
        ];
        return Tell(FindingKind.Lost, lost, $"of {reader.Deliveries.Count} deliveries to {reader.Name} these acknowledged messages are missing", message => message.ToString());
    }

    private static IEnumerable<Finding> Doubled(Reader reader)
    {
        List<IGrouping<SentMessage, Delivery>> doubled =
        [
            .. reader.Deliveries
                .GroupBy(delivery => delivery.Message)
                .Where(group => reader.EffectiveQoS(group.Key) == 2 && group.Skip(1).Any()),
        ];
        return Tell(FindingKind.Doubled, doubled, $"{reader.Name} got these QoS 2 messages more than once", group => $"{group.Key}: {string.Join(" and ", group)}");
    }

    /// <summary>A repeat at QoS 1 may come late; what counts is when each message came first.</summary>
    private static IEnumerable<Finding> OutOfOrder(Reader reader)
    {
        List<(Delivery Early, Delivery Late)> wrong = [];
        HashSet<SentMessage> seen = [];
        Dictionary<(string, string, int), Delivery> last = [];
        foreach (Delivery delivery in reader.Deliveries.Where(delivery => seen.Add(delivery.Message)))
        {
            (string, string, int) stream = (delivery.Message.Publisher, delivery.Message.Topic, delivery.Message.QoS);
            if (last.TryGetValue(stream, out Delivery? before) && before.Message.Number > delivery.Message.Number)
            {
                wrong.Add((before, delivery));
            }
            else
            {
                last[stream] = delivery;
            }
        }

        return Tell(
            FindingKind.OutOfOrder,
            wrong,
            $"{reader.Name} got messages behind later ones",
            pair => $"{pair.Late.Message} came {pair.Late}, behind {pair.Early.Message}, which came {pair.Early}");
    }

    private static IEnumerable<Finding> Tell<T>(FindingKind kind, List<T> wrong, string what, Func<T, string> tell)
    {
        if (wrong.Count > 0)
        {
            string more = wrong.Count > Shown ? $"\n    and {wrong.Count - Shown} more" : "";
            yield return new Finding(kind, $"{what}: {wrong.Count}\n    {string.Join("\n    ", wrong.Take(Shown).Select(tell))}{more}");
        }
    }
}
