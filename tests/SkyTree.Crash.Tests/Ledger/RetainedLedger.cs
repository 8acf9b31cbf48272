using System.Globalization;

namespace SkyTree.Crash.Tests.Ledger;

/// <summary>
/// What one client did to retained messages, and what may stand there: the outcome of a change that is not older than the
/// last acknowledged one and not newer than the last sent one. Thread-safe.
/// </summary>
internal sealed class RetainedLedger
{
    private readonly Lock _gate = new(); // guards the lists
    private readonly Dictionary<string, List<Change>> _changes = [];

    /// <summary>The next change of a topic is about to be sent.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="clears">Whether it removes the retained message.</param>
    public Change Sent(string topic, bool clears)
    {
        lock (_gate)
        {
            if (!_changes.TryGetValue(topic, out List<Change>? changes))
            {
                _changes[topic] = changes = [];
            }

            Change change = new(topic, changes.Count + 1, clears);
            changes.Add(change);
            return change;
        }
    }

    /// <summary>The change was acknowledged.</summary>
    public void Acknowledged(Change change)
    {
        lock (_gate)
        {
            change.IsAcknowledged = true;
        }
    }

    /// <summary>The number of each topic's last acknowledged change. Taken before looking.</summary>
    public Dictionary<string, int> LastAcknowledged()
    {
        lock (_gate)
        {
            return _changes.ToDictionary(pair => pair.Key, pair => pair.Value.FindLast(change => change.IsAcknowledged)?.Number ?? 0);
        }
    }

    /// <summary>Judges what a subscriber was given as retained.</summary>
    /// <param name="found">Payloads by topic.</param>
    /// <param name="oldest">What <see cref="LastAcknowledged"/> said before the subscriber subscribed.</param>
    public IReadOnlyList<Finding> Check(IReadOnlyDictionary<string, string> found, IReadOnlyDictionary<string, int> oldest)
    {
        lock (_gate)
        {
            List<Finding> findings =
            [
                .. found.Keys.Where(topic => !_changes.ContainsKey(topic)).Select(topic => new Finding(FindingKind.Retained, $"{topic} holds '{found[topic]}', which nobody retained")),
            ];
            foreach ((string topic, List<Change> changes) in _changes)
            {
                int first = oldest.GetValueOrDefault(topic);
                string? held = found.GetValueOrDefault(topic);
                bool may = changes.Skip(first - 1).Any(change => change.Payload == held) || (first == 0 && held is null);
                if (!may)
                {
                    findings.Add(new Finding(
                        FindingKind.Retained,
                        $"{topic} holds {(held is null ? "nothing" : $"'{held}'")}; its last acknowledged change is {Describe(changes, first)}, the last one sent is {Describe(changes, changes.Count)}"));
                }
            }

            return findings;
        }
    }

    private static string Describe(List<Change> changes, int number) => number == 0
        ? "none"
        : string.Create(CultureInfo.InvariantCulture, $"number {number}, which {(changes[number - 1].Clears ? "clears it" : $"sets '{changes[number - 1].Payload}'")}");

    /// <summary>A retained message that was set, or cleared.</summary>
    internal sealed class Change(string topic, int number, bool clears)
    {
        public string Topic => topic;

        public int Number => number;

        public bool Clears => clears;

        /// <summary>What stands there afterwards; null for nothing.</summary>
        public string? Payload => clears ? null : string.Create(CultureInfo.InvariantCulture, $"{topic} {number}");

        public bool IsAcknowledged { get; set; }
    }
}
