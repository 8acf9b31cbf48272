using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Commands;

/// <summary>Who is kept out.</summary>
internal static class BanCommands
{
    public static Command Create() => new("bans", "Who is kept out")
    {
        new ListCommand("list", "Lists bans by identifier", "bans", new("id", "id"), new("client", "clientId"), new("user", "userName"), new("address", "address"), new("reason", "reason"), new("ends", "expiresAt"), new("by", "createdBy"))
            .Filter("--contains", "contains", "TEXT", "The client, user or address contains this")
            .Examples("bans list --contains 192.0.2"),
        CreateAdd(),
        Named.Act("delete", "Lets somebody in again", "ID", HttpMethod.Delete, "bans/{0}", "was removed").Examples("bans delete 3f2a"),
    };

    private static Command CreateAdd()
    {
        Option<string?> client = new("--client") { Description = "A client identifier, in which * stands for anything", HelpName = "CLIENT" };
        Option<string?> user = new("--user") { Description = "A user name, in which * stands for anything", HelpName = "NAME" };
        Option<string?> address = new("--address") { Description = "An address or a network such as 10.0.0.0/8", HelpName = "ADDRESS" };
        Option<string?> reason = new("--reason") { Description = "Why", HelpName = "TEXT" };
        Option<TimeSpan?> length = Duration.Option("--for", "How long; without: until it is deleted");
        return new Command("add", "Keeps out whoever fits all that is given, and sends them away").With(client, user, address, reason, length)
            .Examples("bans add --address 192.0.2.0/24 --for 2h --reason floods", "bans add --client 'test-*'")
            .Runs(async context =>
            {
                JsonObject ban = new() { ["reason"] = context.Get(reason) ?? "" };
                foreach ((string name, string? value) in new[] { ("clientId", context.Get(client)), ("userName", context.Get(user)), ("address", context.Get(address)) })
                {
                    if (value is not null)
                    {
                        ban[name] = value;
                    }
                }

                if (context.Get(length) is { } time)
                {
                    ban["expiresAt"] = (TimeProvider.System.GetUtcNow() + time).ToString("O", CultureInfo.InvariantCulture);
                }

                JsonNode? made = await context.Api.SendAsync(HttpMethod.Post, "bans", context.Cancellation, ban);
                context.Output.Done($"ban {made.TextAt("id")} was made", made);
            });
    }
}
