using System.CommandLine;
using System.Text.Json.Nodes;
using SkyTree.Cli.Connection;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Commands;

/// <summary>What was dropped, of whom and why.</summary>
internal static class DropCommands
{
    public static Command Create() => new("drops", "What was dropped, of whom and why")
    {
        Filtered(new ListCommand("list", "Lists the latest drops, the latest first", "drops", new("at", "at"), new("client", "clientId"), new("topic", "topic"), new("reason", "reason"), new("count", "count")))
            .Examples("drops list --client sensor-1"),
        Filtered(new ListCommand("totals", "Lists totals by client, topic and reason", "drops/totals", new("client", "clientId"), new("topic", "topic"), new("reason", "reason"), new("count", "count"), new("first", "first"), new("last", "last")))
            .Examples("drops totals --reason queueFull"),
        new Command("summary", "Shows how many were dropped for which reason").Examples("drops summary")
            .Runs(async context => context.Output.Details(await context.Api.GetAsync("drops/summary", context.Cancellation))),
        CreateWhy(),
    };

    private static ListCommand Filtered(ListCommand list) => list
        .Filter("--client", "clientId", "CLIENT", "Of this client")
        .Filter("--filter", "filter", "FILTER", "Of topics that match")
        .Filter("--reason", "reason", "REASON", "For this reason, such as queueFull")
        .Filter("--since", "since", "TIME", "At this time or later (RFC 3339)");

    private static Command CreateWhy()
    {
        Argument<string> client = new("CLIENT") { Description = "Who" };
        Argument<string> topic = new("TOPIC") { Description = "Messages to this topic" };
        Option<long?> offset = new("--offset") { Description = "One stored message; without: messages as they come now", HelpName = "OFFSET" };
        return new Command("why", "Says step by step why a client does, or does not, get a message").With(client, topic).With(offset)
            .Examples("drops why sensor-1 plant/1/temperature")
            .Runs(async context =>
            {
                ApiQuery query = new ApiQuery().Add("clientId", context.Get(client)).Add("topic", context.Get(topic)).Add("offset", context.Get(offset));
                JsonNode? report = await context.Api.GetAsync("drops/why", context.Cancellation, query);
                if (context.Output.IsJson)
                {
                    context.Output.Details(report);
                    return;
                }

                context.Output.Rows([.. (report.At("steps") as JsonArray ?? []).OfType<JsonNode>()], [new("step", "name"), new("verdict", "verdict"), new("what", "text")]);
                Console.Out.WriteLine(Cells.Text(report.At("conclusion")));
            });
    }
}
