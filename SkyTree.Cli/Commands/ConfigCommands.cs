using System.CommandLine;
using System.Text.Json.Nodes;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Commands;

/// <summary>A node's configuration.</summary>
internal static class ConfigCommands
{
    public static Command Create() => new("config", "The configuration of the node that is asked")
    {
        new ListCommand("get", "Lists values and where each comes from; secrets are not shown", "config", new("key", "key"), new("value", value => value.FlagAt("isHidden") ? "(hidden)" : Cells.Text(value.At("value"))), new("source", "source"), new("counts", "change"))
            .Unpaged()
            .Argument("PREFIX", "prefix", "Keys that begin so, such as SkyTree:Mqtt")
            .Flag("--changeable", "changeable", "true", "Only what can be changed while it runs")
            .Examples("config get SkyTree:Mqtt", "config get --changeable"),
        CreateSet(),
        CreateUnset(),
    };

    private static Command CreateSet()
    {
        Argument<string[]> values = new("KEY=VALUE") { Description = "What is to hold; all of them or none", Arity = ArgumentArity.OneOrMore };
        return new Command("set", "Changes values while the node runs; they hold also after a start").With(values)
            .Examples("config set SkyTree:Mqtt:MaximumInflight=100 Logging:LogLevel:SkyTree.Listeners=Debug")
            .Runs(context => ChangeAsync(context, context.Get(values)!.Select(text => text.IndexOf('=', StringComparison.Ordinal) is var at and > 0
                ? KeyValuePair.Create<string, string?>(text[..at], text[(at + 1)..])
                : throw CliException.Usage($"'{text}' is not of the form KEY=VALUE"))));
    }

    private static Command CreateUnset()
    {
        Argument<string[]> keys = new("KEY") { Description = "What is to be as it is configured elsewhere", Arity = ArgumentArity.OneOrMore };
        return new Command("unset", "Undoes changes").With(keys)
            .Examples("config unset SkyTree:Mqtt:MaximumInflight")
            .Runs(context => ChangeAsync(context, context.Get(keys)!.Select(key => KeyValuePair.Create<string, string?>(key, null))));
    }

    private static async Task ChangeAsync(CommandContext context, IEnumerable<KeyValuePair<string, string?>> changes)
    {
        JsonObject values = [];
        foreach ((string key, string? value) in changes)
        {
            values[key] = value;
        }

        JsonNode? answer = await context.Api.SendAsync(HttpMethod.Patch, "config", context.Cancellation, new JsonObject { ["values"] = values });
        JsonNode[] changed = [.. answer.Items().Where(item => values.ContainsKey(item.TextAt("key")))];
        context.Output.Rows(changed, [new("key", "key"), new("value", "value"), new("source", "source"), new("counts", "change")]);
    }
}
