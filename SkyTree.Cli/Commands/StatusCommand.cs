using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SkyTree.Cli.Connection;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Commands;

/// <summary>How the broker is, at a glance.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        Option<bool> check = new("--check") { Description = "End with exit code 1 if anything needs attention, or a node does not serve" };
        return new Command("status", "Shows nodes, clients, rates, and what needs attention").With(check)
            .Examples("status", "status --check || notify-operator", "status -o json")
            .Runs(async context =>
            {
                JsonNode? stats = await context.Api.GetAsync("stats", context.Cancellation);
                JsonNode? chart = await context.Api.GetAsync("stats/chart", context.Cancellation, new ApiQuery().Add("range", "hour"));
                JsonNode? nodes = await context.Api.GetAsync("nodes", context.Cancellation);
                JsonNode? attention = await context.Api.GetAsync("attention", context.Cancellation);
                Show(context, stats, Rates(chart), nodes.Items(), attention.Items());
                bool isWell = attention.Items().Count == 0 && nodes.Items().All(node => node.FlagAt("isServing"));
                return isWell || !context.Get(check) ? ExitCode.Done : ExitCode.Refused;
            });
    }

    /// <summary>The items of a list's answer.</summary>
    public static IReadOnlyList<JsonNode> Items(this JsonNode? answer) => [.. (answer.At("items") as JsonArray ?? []).OfType<JsonNode>()];

    private static void Show(CommandContext context, JsonNode? stats, JsonObject rates, IReadOnlyList<JsonNode> nodes, IReadOnlyList<JsonNode> attention)
    {
        if (context.Output.IsJson)
        {
            context.Output.Details(new JsonObject
            {
                ["nodes"] = Clones(nodes),
                ["total"] = stats.At("total")?.DeepClone(),
                ["rates"] = rates,
                ["attention"] = Clones(attention),
            });
            return;
        }

        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"clients connected: {stats.NumberAt("total.connections")}, sessions: {stats.NumberAt("total.sessions")}, subscriptions: {stats.NumberAt("total.subscriptions")}, retained messages: {stats.NumberAt("total.retained")}"));
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Cells.Text(rates["messagesReceived"])} messages/s in, {Cells.Text(rates["messagesSent"])} out, {Cells.Text(rates["messagesDropped"])} dropped"));
        Console.Out.WriteLine();
        context.Output.Rows(nodes, ClusterCommands.Nodes);
        Console.Out.WriteLine();
        if (attention.Count == 0)
        {
            Console.Out.WriteLine("nothing needs attention");
            return;
        }

        context.Output.Rows(attention, [new Column("needs attention", "severity"), new Column("code", "code"), new Column("what", "text")]);
    }

    // Of the last step that is whole, each second.
    private static JsonObject Rates(JsonNode? chart)
    {
        long step = Math.Max(1, chart.NumberAt("stepSeconds"));
        JsonNode? last = (chart.At("points") as JsonArray)?.LastOrDefault();
        JsonObject rates = [];
        foreach (string name in (string[])["messagesReceived", "messagesSent", "messagesDropped"])
        {
            rates[name] = Math.Round(last.NumberAt($"values.{name}") / (double)step, 1);
        }

        return rates;
    }

    private static JsonArray Clones(IEnumerable<JsonNode> nodes) => new([.. nodes.Select(node => node.DeepClone())]);
}
