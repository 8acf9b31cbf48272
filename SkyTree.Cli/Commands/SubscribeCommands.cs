using System.CommandLine;
using System.Text.Json.Nodes;
using SkyTree.Cli.Connection;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Commands;

/// <summary>What happens on a node, as it happens.</summary>
internal static class SubscribeCommands
{
    public static Command CreateSubscribe()
    {
        Argument<string> filter = new("FILTER") { Description = "A topic filter, such as plant/#" };
        Option<int?> count = CountOption("messages");
        return new Command("subscribe", "Shows messages as they are published on the node that is asked; with -o json a line of JSON for each").With(filter).With(count)
            .Examples("subscribe 'plant/#'", "subscribe plant/1/temperature --count 1 -o json")
            .Runs(context => ReadAsync(
                context,
                new ApiQuery().Add("kinds", "message").Add("messageFilter", context.Get(filter)),
                context.Get(count),
                happened => happened.At("message") is { } message ? ($"{Cells.Text(message.At("topic"))}  {MessageCommands.Payload.Read(message)}", message) : null));
    }

    public static Command CreateEvents()
    {
        Option<string[]> kinds = new("--kind") { Description = "Only these; may be given more than once", HelpName = "KIND", Arity = ArgumentArity.ZeroOrMore };
        kinds.AcceptOnlyFromAmong("connected", "disconnected", "sessionExpired", "dropped", "node");
        Option<string?> client = new("--client") { Description = "Only what happens to this client", HelpName = "CLIENT" };
        Option<int?> count = CountOption("events");
        return new Command("events", "Shows who connects and goes, and what is dropped, as it happens").With(kinds, client, count)
            .Examples("events", "events --kind dropped --client sensor-1")
            .Runs(context => ReadAsync(
                context,
                new ApiQuery().Add("kinds", context.Get(kinds) is { Length: > 0 } some ? string.Join(',', some) : null).Add("clientId", context.Get(client)),
                context.Get(count),
                happened => (string.Join("  ", ((string[])["at", "kind", "subject", "text", "reason"]).Select(member => happened.At(member)).OfType<JsonNode>().Select(Cells.Text)), happened)));
    }

    private static Option<int?> CountOption(string what)
    {
        Option<int?> count = new("--count", "-c") { Description = $"End after so many {what}", HelpName = "N" };
        count.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int number) && number < 1)
            {
                result.AddError("--count is 1 or more");
            }
        });
        return count;
    }

    private static async Task ReadAsync(CommandContext context, ApiQuery query, int? count, Func<JsonNode, (string Text, JsonNode Thing)?> read)
    {
        int left = count ?? -1;
        try
        {
            await foreach (JsonNode happened in new EventStream(context.Api, query).ReadAsync(context.Cancellation))
            {
                if (happened.TextAt("kind") == "gap")
                {
                    await ErrorLine.WriteAsync("some are missing here");
                }
                else if (read(happened) is { } line)
                {
                    context.Output.Line(line.Text, line.Thing);
                    if (--left == 0)
                    {
                        return;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (context.Cancellation.IsCancellationRequested)
        {
            // Ended by who has started it, as it is meant to be.
        }
    }
}
