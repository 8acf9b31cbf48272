using System.CommandLine;
using System.Text.Json.Nodes;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Commands;

/// <summary>Rules of who may do what with which topics.</summary>
internal static class AccessCommands
{
    private static readonly string[] s_actions = ["publish", "subscribe", "replay"];
    private static readonly string[] s_effects = ["allow", "deny"];

    public static Command Create() => new("acl", "Rules of who may do what with which topics")
    {
        CreateList(),
        CreateAdd(),
        Named.Act("delete", "Removes rules", "ID", HttpMethod.Delete, "acl/{0}", "was removed").Examples("acl delete own"),
        CreateTest(),
    };

    private static Command CreateList() => new Command("list", "Lists all rules in the order in which they are asked")
        .Examples("acl list")
        .Runs(async context =>
        {
            JsonNode? rules = await context.Api.GetAsync("acl", context.Cancellation);
            if (context.Output.IsJson)
            {
                context.Output.Details(rules);
                return;
            }

            context.Output.Rows(
                rules.Items(),
                [
                    new("id", "id"), new("order", "order"), new("effect", "rule.effect"), new("actions", "rule.actions"), new("topics", "rule.topics"), new("user", "rule.userName"),
                    new("group", "rule.group"), new("client", "rule.clientId"), new("address", "rule.address"), new("disabled", "isDisabled"), new("comment", "comment"),
                ]);
            Console.Out.WriteLine($"what no rule fits: {rules.TextAt("noMatch")}");
        });

    private static Command CreateAdd()
    {
        Argument<string> effect = new("EFFECT") { Description = string.Join(" or ", s_effects) };
        effect.AcceptOnlyFromAmong(s_effects);
        Option<string[]> actions = new("--action") { Description = $"{string.Join(", ", s_actions)}; may be given more than once [default: all]", HelpName = "ACTION", Arity = ArgumentArity.ZeroOrMore };
        actions.AcceptOnlyFromAmong(s_actions);
        Option<string[]> topics = new("--topic") { Description = "A topic filter, which may hold ${username} and ${clientid}; may be given more than once", HelpName = "FILTER", Required = true, Arity = ArgumentArity.OneOrMore };
        Option<string?> user = new("--user") { Description = "Only this user", HelpName = "NAME" };
        Option<string?> group = new("--group") { Description = "Only users of this group", HelpName = "NAME" };
        Option<string?> client = new("--client") { Description = "Only this client", HelpName = "CLIENT" };
        Option<string?> address = new("--address") { Description = "Only from this address or network", HelpName = "ADDRESS" };
        Option<int?> order = new("--order") { Description = "Its place; without: behind all others", HelpName = "N" };
        Option<string?> id = new("--id") { Description = "Its identifier; without: one is made up", HelpName = "ID" };
        Option<string?> comment = new("--comment") { Description = "What it is for", HelpName = "TEXT" };
        return new Command("add", "Makes a rule").With(effect).With(topics, actions, user, group, client, address, order, id, comment)
            .Examples("acl add allow --action publish --topic 'sensors/${username}/#' --group sensors", "acl add deny --topic 'admin/#' --id no-admin")
            .Runs(async context =>
            {
                JsonObject rule = new() { ["effect"] = context.Get(effect), ["topics"] = List(context.Get(topics)) };
                if (context.Get(actions) is { Length: > 0 } some)
                {
                    rule["actions"] = List(some);
                }

                Set(rule, "userName", context.Get(user));
                Set(rule, "group", context.Get(group));
                Set(rule, "clientId", context.Get(client));
                Set(rule, "address", context.Get(address));
                JsonObject body = new() { ["rule"] = rule };
                Set(body, "order", context.Get(order) is { } place ? place : null);
                Set(body, "id", context.Get(id));
                Set(body, "comment", context.Get(comment));
                JsonNode? made = await context.Api.SendAsync(HttpMethod.Post, "acl", context.Cancellation, body);
                context.Output.Done($"rule {made.TextAt("id")} was made", made);
            });
    }

    private static Command CreateTest()
    {
        Argument<string> client = new("CLIENT") { Description = "The client identifier" };
        Argument<string> action = new("ACTION") { Description = string.Join(", ", s_actions) };
        action.AcceptOnlyFromAmong(s_actions);
        Argument<string> topic = new("TOPIC") { Description = "The topic name; for subscriptions and replays the filter" };
        Option<string?> user = new("--user") { Description = "The user name; without: anonymous", HelpName = "NAME" };
        Option<string?> address = new("--address") { Description = "The client's address", HelpName = "ADDRESS" };
        return new Command("test", "Says what would be decided, and by which rule; exit code 1 if it is denied").With(client, action, topic).With(user, address)
            .Examples("acl test sensor-1 publish sensors/sensor-1/t --user sensor-1")
            .Runs(async context =>
            {
                JsonObject question = new() { ["clientId"] = context.Get(client), ["action"] = context.Get(action), ["topic"] = context.Get(topic) };
                Set(question, "userName", context.Get(user));
                Set(question, "address", context.Get(address));
                JsonNode? decision = await context.Api.SendAsync(HttpMethod.Post, "acl/test", context.Cancellation, question);
                bool isAllowed = decision.FlagAt("allowed");
                context.Output.Done($"{(isAllowed ? "allowed" : "denied")} by {(decision.TextAt("ruleId") is { Length: > 0 } rule ? $"rule {rule}" : "no rule: it is what no rule fits")}", decision);
                return isAllowed ? ExitCode.Done : ExitCode.Refused;
            });
    }

    private static JsonArray List(IEnumerable<string>? texts) => new([.. (texts ?? []).Select(text => JsonValue.Create(text))]);

    private static void Set(JsonObject target, string name, JsonNode? value)
    {
        if (value is not null)
        {
            target[name] = value;
        }
    }
}
