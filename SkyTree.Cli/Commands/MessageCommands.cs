using System.CommandLine;
using SkyTree.Cli.Connection;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Commands;

/// <summary>Stored messages.</summary>
internal static class MessageCommands
{
    /// <summary>A message's payload, or the beginning of it.</summary>
    public static Column Payload { get; } = new("payload", message =>
        (message.TextAt("payload") is { Length: > 0 } text ? Cells.Printable(text) : message.TextAt("payloadBase64") is { Length: > 0 } base64 ? $"base64:{base64}" : "")
        + (message.FlagAt("payloadIsCut") ? "…" : ""));

    public static Command Create() => new("messages", "Stored messages")
    {
        new ListCommand(
            "list",
            "Lists stored messages, the oldest first",
            "messages",
            new("offset", "offset"),
            new("time", "time"),
            new("topic", "topic"),
            new("qos", "qos"),
            new("publisher", "publisherId"),
            new("bytes", "payloadBytes"),
            Payload)
            .Argument("FILTER", "filter", "A topic filter, such as plant/#")
            .Filter("--from", "from", "TIME", "Stored at this time or later (RFC 3339)")
            .Filter("--to", "to", "TIME", "Stored before this time")
            .Filter("--publisher", "publisherId", "CLIENT", "The publisher's client identifier")
            .Filter("--contains", "payloadContains", "TEXT", "The payload contains this")
            .Flag("--newest", "order", "desc", "The newest first")
            .Examples("messages list 'plant/#' --newest --limit 10", "messages list --from 2026-01-01T00:00:00Z -o json"),
        CreateShow(),
        new ListCommand("topics", "Lists topics that have stored messages", "messages/topics", new("topic", "topic"), new("messages", "count"), new("bytes", "bytes"), new("last offset", "lastOffset"))
            .Argument("FILTER", "filter", "A topic filter")
            .Examples("messages topics"),
    };

    private static Command CreateShow()
    {
        Argument<long> offset = new("OFFSET") { Description = "Which" };
        Option<bool> raw = RawOption();
        return new Command("show", "Shows a stored message with its whole payload").With(offset).With(raw)
            .Examples("messages show 4711", "messages show 4711 --raw > payload.bin")
            .Runs(async context =>
            {
                string path = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"messages/{context.Get(offset)}");
                if (!context.Get(raw))
                {
                    context.Output.Details(await context.Api.GetAsync(path, context.Cancellation));
                    return;
                }

                using HttpResponseMessage response = await context.Api.OpenAsync(path + "/payload", context.Cancellation);
                await using Stream output = Console.OpenStandardOutput();
                await response.Content.CopyToAsync(output, context.Cancellation);
            });
    }

    /// <summary>The option that writes nothing but a payload.</summary>
    public static Option<bool> RawOption() => new("--raw") { Description = "Write the payload alone, byte for byte" };
}
