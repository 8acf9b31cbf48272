using System.Globalization;
using System.Text;
using System.Text.Json;
using SkyTree.AspNetCore.Administration;
using SkyTree.AspNetCore.Configuration;
using SkyTree.Cluster.Administration;

namespace SkyTree.Web.Commands;

/// <summary>Asks the node that runs on the data folder.</summary>
internal static class ClusterCommand
{
    private const int NotWhole = 2;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <returns>The exit code: 0, or 2 when the status shows that not all nodes serve.</returns>
    /// <exception cref="IOException">No node runs there, or it refuses.</exception>
    public static async Task<int> RunAsync(ClusterRequest? request, SkyTreeOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        using AdminClient node = await AdminClient.ConnectAsync(options.Data, cancellationToken)
            ?? throw new IOException($"no broker runs on '{options.Data}'; --data names the folder of one that does");
        string answer = await node.AskAsync(AdminProtocol.ClusterRequest(request), cancellationToken);
        if (request.Verb != ClusterRequest.Status)
        {
            await Console.Out.WriteLineAsync(answer);
            return 0;
        }

        ClusterStatus status = JsonSerializer.Deserialize<ClusterStatus>(answer)!;
        await Console.Out.WriteLineAsync(request.IsJson ? JsonSerializer.Serialize(status, s_json) : Describe(status));
        return status.IsWhole ? 0 : NotWhole;
    }

    private static string Describe(ClusterStatus status)
    {
        if (status.Members.Count == 0)
        {
            return $"node {status.Node:N} waits to be added to a cluster";
        }

        string[][] rows =
        [
            ["node", "log address", "state", "applied", "clients", "mqtt", "http", "version", "formats"],
            .. status.Members.Select(member => new[]
            {
                member.Id?.ToString("N") ?? "?",
                member.Address,
                State(member),
                member.AppliedIndex?.ToString(CultureInfo.InvariantCulture) ?? "?",
                member.Clients?.ToString(CultureInfo.InvariantCulture) ?? "?",
                member.Mqtt ?? "?",
                member.Http ?? "?",
                member.Version ?? "?",
                member.FormatLevel?.ToString(CultureInfo.InvariantCulture) ?? "?",
            }),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"cluster {status.Cluster}, term {status.Term}, {(status.Leader is null ? "no leader" : $"led by {status.Leader:N}")}, format level {status.FormatLevel} of {status.NewestFormatLevel}");
        foreach (string[] row in rows)
        {
            text.AppendLine().Append(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }

        return text.ToString();
    }

    private static string State(MemberStatus member)
    {
        string state = !member.IsReachable ? "unreachable" : member.IsDraining ? "draining" : member.IsServing ? "serving" : "not serving";
        return (member.IsLeader ? "leader, " : "") + state + (member.IsThisNode ? " *" : "");
    }
}
