using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using SkyTree.Cli.Connection;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Commands;

/// <summary>Retained messages.</summary>
internal static class RetainedCommands
{
    public static Command Create() => new("retained", "Retained messages")
    {
        new ListCommand("list", "Lists retained messages by topic", "retained", new("topic", "topic"), new("qos", "qos"), new("time", "time"), new("expires", "expiresAt"), new("bytes", "payloadBytes"), MessageCommands.Payload)
            .Argument("FILTER", "filter", "A topic filter, such as plant/#")
            .Examples("retained list 'plant/+/state'"),
        CreateGet(),
        CreateSet(),
        Named.Act("delete", "Removes topics' retained messages; subscribers are told nothing", "TOPIC", HttpMethod.Delete, "retained/{0}", "has no retained message any more").Examples("retained delete plant/1/state"),
        CreateClear(),
    };

    private static Command CreateGet()
    {
        Argument<string> topic = new("TOPIC") { Description = "Which" };
        Option<bool> raw = MessageCommands.RawOption();
        return new Command("get", "Shows a topic's retained message").With(topic).With(raw)
            .Examples("retained get plant/1/state", "retained get plant/1/image --raw > image.png")
            .Runs(async context =>
            {
                ApiQuery query = new ApiQuery().Add("payload", context.Get(raw) ? "base64" : null);
                JsonNode? message = await context.Api.GetAsync(ApiPath.Of("retained/{0}", context.Get(topic)!), context.Cancellation, query);
                if (!context.Get(raw))
                {
                    context.Output.Details(message);
                    return;
                }

                await using Stream output = Console.OpenStandardOutput();
                await output.WriteAsync(Convert.FromBase64String(message.TextAt("payloadBase64")), context.Cancellation);
            });
    }

    private static Command CreateSet()
    {
        Argument<string> topic = new("TOPIC") { Description = "Which" };
        MessageOptions message = new();
        return message.AddTo(new Command("set", "Sets a topic's retained message by publishing it").With(topic))
            .Examples("retained set plant/1/state on --qos 1 --expiry 3600")
            .Runs(async context =>
            {
                JsonNode? result = await context.Api.SendAsync(HttpMethod.Put, ApiPath.Of("retained/{0}", context.Get(topic)!), context.Cancellation, await message.ReadAsync(context));
                context.Output.Done(PublishCommand.Describe(result), result);
            });
    }

    private static Command CreateClear()
    {
        Argument<string> filter = new("FILTER") { Description = "A topic filter, such as plant/#" };
        Option<bool> dryRun = new("--dry-run") { Description = "Only count them" };
        return new Command("clear", "Removes the retained messages whose topics match a filter").With(filter).With(dryRun)
            .Examples("retained clear 'plant/#' --dry-run")
            .Runs(async context =>
            {
                ApiQuery query = new ApiQuery().Add("filter", context.Get(filter)).Add("dryRun", context.Get(dryRun) ? "true" : null);
                JsonNode? result = await context.Api.SendAsync(HttpMethod.Delete, "retained" + query, context.Cancellation);
                context.Output.Done(context.Get(dryRun) ? $"{result.NumberAt("matched")} match" : $"{result.NumberAt("done")} removed", result);
            });
    }
}
