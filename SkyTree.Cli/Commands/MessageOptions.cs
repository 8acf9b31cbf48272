using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using SkyTree.Cli.Connection;

namespace SkyTree.Cli.Commands;

/// <summary>What a message is made of, for commands that publish one.</summary>
internal sealed class MessageOptions
{
    private readonly Argument<string?> _payload = new("PAYLOAD") { Description = "The payload as text; without it and --file: standard input", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _file = new("--file", "-f") { Description = "A file with the payload", HelpName = "FILE" };
    private readonly Option<int> _qos = new("--qos", "-q") { Description = "0, 1 or 2", HelpName = "QOS" };
    private readonly Option<uint?> _expiry = new("--expiry") { Description = "Message Expiry Interval", HelpName = "SECONDS" };
    private readonly Option<string?> _contentType = new("--content-type") { Description = "Content Type of MQTT 5.0", HelpName = "TEXT" };
    private readonly Option<string?> _responseTopic = new("--response-topic") { Description = "Response Topic of MQTT 5.0", HelpName = "TOPIC" };
    private readonly Option<string?> _correlation = new("--correlation") { Description = "Correlation Data of MQTT 5.0, as text", HelpName = "TEXT" };
    private readonly Option<string[]> _user = new("--property", "-D") { Description = "A User Property of MQTT 5.0; may be given more than once", HelpName = "NAME=VALUE", Arity = ArgumentArity.ZeroOrMore };

    /// <summary>Whether the payload is in neither an argument nor a file.</summary>
    public bool IsFromInput(CommandContext context) => context.Get(_payload) is null && context.Get(_file) is null;

    /// <summary>Adds them to a command.</summary>
    public Command AddTo(Command command)
    {
        command.With(_payload).With(_file, _qos, _expiry, _contentType, _responseTopic, _correlation, _user);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_payload) is { Tokens.Count: > 0 } && result.GetResult(_file) is not null)
            {
                result.AddError("give the payload or --file, not both");
            }
        });
        return command;
    }

    /// <summary>The message as the API takes it, without its topic.</summary>
    /// <exception cref="CliException">A property has no value.</exception>
    public async Task<JsonObject> ReadAsync(CommandContext context)
    {
        JsonObject message = ReadProperties(context);
        if (context.Get(_payload) is { } text)
        {
            message["payload"] = text;
            return message;
        }

        await using Stream input = context.Get(_file) is { } file ? File.OpenRead(file) : Console.OpenStandardInput();
        using MemoryStream bytes = new();
        await input.CopyToAsync(bytes, context.Cancellation);
        message["payloadBase64"] = Convert.ToBase64String(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
        return message;
    }

    /// <summary>The same without a payload.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public JsonObject ReadProperties(CommandContext context)
    {
        JsonObject message = new() { ["qos"] = context.Get(_qos) };
        Set(message, "expirySeconds", context.Get(_expiry) is { } seconds ? seconds : null);
        JsonObject properties = [];
        Set(properties, "contentType", context.Get(_contentType));
        Set(properties, "responseTopic", context.Get(_responseTopic));
        Set(properties, "correlationData", context.Get(_correlation) is { } text ? Convert.ToBase64String(Encoding.UTF8.GetBytes(text)) : null);
        if (context.Get(_user) is { Length: > 0 } user)
        {
            properties["userProperties"] = new JsonArray([.. user.Select(ReadProperty)]);
        }

        if (properties.Count > 0)
        {
            message["properties"] = properties;
        }

        return message;
    }

    private static JsonObject ReadProperty(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is var at and > 0
            ? new JsonObject { ["name"] = text[..at], ["value"] = text[(at + 1)..] }
            : throw CliException.Usage($"--property: '{text}' is not of the form NAME=VALUE");

    private static void Set(JsonObject target, string name, JsonNode? value)
    {
        if (value is not null)
        {
            target[name] = value;
        }
    }
}
