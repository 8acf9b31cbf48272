using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Commands;

/// <summary>Publishes a message, or each line of standard input.</summary>
internal static class PublishCommand
{
    private const int LargestBatch = 1000;
    private const int LargestBatchCharacters = 4 * 1024 * 1024; // a request takes 16 MiB; a character of a line is up to 6 bytes of it, rarely

    public static Command Create()
    {
        Argument<string> topic = new("TOPIC") { Description = "The topic name" };
        Option<bool> retain = new("--retain", "-r") { Description = "It becomes the topic's retained message" };
        Option<bool> lines = new("--lines", "-l") { Description = "Publish each line of standard input, as it comes" };
        MessageOptions message = new();
        Command command = message.AddTo(new Command("publish", "Publishes a message").With(topic)).With(retain, lines);
        return command
            .Examples(
                "publish plant/1/temperature 21.5 --qos 1",
                "publish plant/1/image --file image.png --content-type image/png",
                "publish plant/1/state on --retain --property source=operator",
                "publish plant/log --lines < lines.txt")
            .Runs(async context =>
            {
                if (context.Get(lines))
                {
                    return await PublishLinesAsync(context, context.Get(topic)!, message, context.Get(retain));
                }

                JsonObject body = await message.ReadAsync(context);
                body["topic"] = context.Get(topic);
                body["retain"] = context.Get(retain);
                JsonNode? result = await context.Api.SendAsync(HttpMethod.Post, "publish", context.Cancellation, body);
                context.Output.Done(Describe(result), result);
                return ExitCode.Done;
            });
    }

    /// <summary>What has become of a message.</summary>
    public static string Describe(JsonNode? result) => string.Create(
        CultureInfo.InvariantCulture,
        $"published to {result.TextAt("topic")}, subscriptions matched: {result.NumberAt("matched")}{(result.FlagAt("stored") ? $", stored at offset {result.NumberAt("offset")}" : "")}");

    private static async Task<int> PublishLinesAsync(CommandContext context, string topic, MessageOptions message, bool retain)
    {
        if (!message.IsFromInput(context))
        {
            throw CliException.Usage("--lines publishes standard input: give neither a payload nor --file");
        }

        JsonObject form = message.ReadProperties(context);
        form["topic"] = topic;
        form["retain"] = retain;
        Channel<string> read = Channel.CreateBounded<string>(LargestBatch);
        _ = ReadLinesAsync(read.Writer); // it waits for a terminal until the end of the program, if need be
        long published = 0;
        long refused = 0;
        while (await read.Reader.WaitToReadAsync(context.Cancellation))
        {
            // All lines that have come are one request; the first that comes is not kept waiting for others.
            JsonArray messages = [];
            int size = 0;
            while (messages.Count < LargestBatch && size < LargestBatchCharacters && read.Reader.TryRead(out string? line))
            {
                JsonNode each = form.DeepClone();
                each["payload"] = line;
                messages.Add(each);
                size += line.Length + form.Count * 64;
            }

            JsonNode? answer = await context.Api.SendAsync(HttpMethod.Post, "publish/bulk", context.Cancellation, new JsonObject { ["messages"] = messages });
            foreach (JsonNode? result in answer.At("results") as JsonArray ?? [])
            {
                if (result.At("error") is null)
                {
                    published++;
                }
                else if (refused++ == 0)
                {
                    await ErrorLine.WriteAsync($"{result.TextAt("error.message")} ({result.TextAt("error.code")})");
                }
            }
        }

        JsonObject sum = new() { ["published"] = published, ["refused"] = refused };
        context.Output.Done(string.Create(CultureInfo.InvariantCulture, $"{published} published{(refused > 0 ? $", {refused} refused" : "")}"), sum);
        return refused == 0 ? ExitCode.Done : ExitCode.Refused;
    }

    private static async Task ReadLinesAsync(ChannelWriter<string> lines)
    {
        try
        {
            while (await Task.Run(Console.In.ReadLine) is { } line)
            {
                await lines.WriteAsync(line);
            }

            lines.Complete();
        }
        catch (IOException exception)
        {
            lines.Complete(exception);
        }
    }
}
