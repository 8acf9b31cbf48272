using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SkyTree.Cli.Connection;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Commands;

/// <summary>The nodes, and who belongs to the cluster.</summary>
internal static class ClusterCommands
{
    /// <summary>What is shown of a node.</summary>
    public static IReadOnlyList<Column> Nodes { get; } =
    [
        new("node", "id"),
        new("address", "address"),
        new("state", State),
        new("applied", "appliedIndex"),
        new("clients", "clients"),
        new("mqtt", "mqtt"),
        new("http", "http"),
        new("version", "version"),
    ];

    public static Command Create() => new("cluster", "The nodes, and who belongs to the cluster")
    {
        CreateStatus(),
        CreateJoin(),
        Named.Act("leave", "Removes nodes, dead or alive; one that lives ends", "NODE", HttpMethod.Delete, "cluster/members/{0}", "was removed").Examples("cluster leave 10.0.0.3:7801"),
        CreateDrain(),
        CreateUndrain(),
        new Command("transfer", "Lets another node lead").Examples("cluster transfer").Runs(async context =>
        {
            JsonNode? answer = await context.Api.SendAsync(HttpMethod.Post, "cluster/transfer-leadership", context.Cancellation);
            context.Output.Done($"{answer.TextAt("leader")} leads", answer);
        }),
    };

    private static Command CreateStatus()
    {
        Option<bool> check = new("--check") { Description = "End with exit code 1 unless there is a leader and all nodes serve" };
        return new Command("status", "Shows the nodes as the one that is asked sees them").With(check)
            .Examples("cluster status", "cluster status --check")
            .Runs(async context =>
            {
                JsonNode? cluster = await context.Api.GetAsync("cluster", context.Cancellation);
                IReadOnlyList<JsonNode> members = [.. (cluster.At("members") as JsonArray ?? []).OfType<JsonNode>()];
                if (context.Output.IsJson)
                {
                    context.Output.Details(cluster);
                }
                else
                {
                    Console.Out.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"cluster {Cells.Text(cluster.At("cluster"))}, term {cluster.NumberAt("term")}, {(cluster.At("leader") is { } leader ? $"led by {Cells.Text(leader)}" : "no leader")}, format level {cluster.NumberAt("formatLevel")} of {cluster.NumberAt("newestFormatLevel")}"));
                    context.Output.Rows(members, Nodes);
                }

                return cluster.FlagAt("isWhole") || !context.Get(check) ? ExitCode.Done : ExitCode.Refused;
            });
    }

    private static Command CreateJoin()
    {
        Argument<string> address = new("ADDRESS:PORT") { Description = "Its address and log port" };
        return new Command("join", "Adds a node that was started with SkyTree:Cluster:Start=Join; waits until it has caught up and votes").With(address)
            .Examples("cluster join 10.0.0.4:7801")
            .Runs(async context =>
            {
                using JsonBody body = new(new JsonObject { ["address"] = context.Get(address) });
                JsonNode? status = await context.Api.SendAsync(HttpMethod.Post, "cluster/members", body.Content, takesLong: true, context.Cancellation);
                context.Output.Done($"{context.Get(address)} has joined", status);
            });
    }

    private static Command CreateDrain()
    {
        Argument<string?> node = NodeArgument();
        Option<int?> rate = new("--rate") { Description = "So many each second [default: 200]", HelpName = "N" };
        return new Command("drain", "Sends a node's clients to the others; of the node that is asked, waits until none is left").With(node).With(rate)
            .Examples("cluster drain", "cluster drain 10.0.0.2:7801 --rate 1000")
            .Runs(async context =>
            {
                using JsonBody body = new(context.Get(rate) is { } perSecond ? new JsonObject { ["perSecond"] = perSecond } : []);
                string? which = context.Get(node);
                string path = which is null ? "cluster/drain" : ApiPath.Of("cluster/members/{0}/drain", which);
                JsonNode? answer = await context.Api.SendAsync(HttpMethod.Post, path, body.Content, takesLong: true, context.Cancellation);
                context.Output.Done(which is null ? $"{answer.NumberAt("sent")} clients were sent to other nodes" : $"{which} sends its clients to other nodes", answer);
            });
    }

    private static Command CreateUndrain()
    {
        Argument<string?> node = NodeArgument();
        return new Command("undrain", "Clients are welcome at a node again").With(node)
            .Examples("cluster undrain", "cluster undrain 10.0.0.2:7801")
            .Runs(async context =>
            {
                string? which = context.Get(node);
                await context.Api.SendAsync(HttpMethod.Delete, which is null ? "cluster/drain" : ApiPath.Of("cluster/members/{0}/drain", which), context.Cancellation);
                context.Output.Done($"clients are welcome at {which ?? "the node"} again");
            });
    }

    private static Argument<string?> NodeArgument() => new("NODE") { Description = "Its address and log port, or its identity; without: the node that is asked", Arity = ArgumentArity.ZeroOrOne };

    private static string State(JsonNode node)
    {
        string state = !node.FlagAt("isReachable") ? "unreachable" : node.FlagAt("isDraining") ? "draining" : node.FlagAt("isServing") ? "serving" : "not serving";
        return (node.FlagAt("isLeader") ? "leader, " : "") + state + (node.FlagAt("isThisNode") ? " *" : "");
    }
}
