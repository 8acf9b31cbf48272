using System.Globalization;
using System.Text.RegularExpressions;

namespace SkyTree.Cluster.Tests.Operating;

/// <summary>What <c>cluster.sh</c> says of a node, in one line.</summary>
/// <param name="Number">From 1 on.</param>
/// <param name="Id">Its identity.</param>
/// <param name="ProcessId">Its process; null: it does not run.</param>
/// <param name="MqttPort">Where clients connect.</param>
/// <param name="HttpPort">Where its health is told.</param>
/// <param name="State">Whether it is ready, and leads.</param>
internal sealed partial record NodeLine(int Number, string Id, int? ProcessId, int MqttPort, int HttpPort, string State)
{
    public bool IsReady => State.StartsWith("ready", StringComparison.Ordinal);

    public bool IsLeader => State.EndsWith(", leader", StringComparison.Ordinal);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<NodeLine> ParseAll(string text) =>
    [
        .. Line().Matches(text).Select(match => new NodeLine(
            NumberIn(match, "number"),
            match.Groups["id"].Value,
            match.Groups["pid"].Value == "-" ? null : NumberIn(match, "pid"),
            NumberIn(match, "mqtt"),
            NumberIn(match, "http"),
            match.Groups["state"].Value)),
    ];

    private static int NumberIn(Match match, string group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^node (?<number>\d+)  id (?<id>\S+)  pid (?<pid>\d+|-)  mqtt 127\.0\.0\.1:(?<mqtt>\d+)  http 127\.0\.0\.1:(?<http>\d+)  (?<state>.*)$", RegexOptions.Multiline)]
    private static partial Regex Line();
}
