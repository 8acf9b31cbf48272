using System.CommandLine;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using SkyTree.Cli.Connection;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Commands;

/// <summary>Users that devices connect as.</summary>
internal static class UserCommands
{
    private const string Csv = "csv";

    public static Command Create() => new("users", "Users that devices connect as")
    {
        new ListCommand("list", "Lists users that people have made, by name", "users", new("name", "name"), new("groups", "groups"), new("disabled", "isDisabled"), new("password", "hasPassword"), new("made", "createdAt"))
            .Filter("--prefix", "prefix", "TEXT", "The name begins so")
            .Filter("--contains", "contains", "TEXT", "The name contains this")
            .Filter("--group", "group", "NAME", "Who is in this group")
            .Examples("users list --group sensors"),
        Named.Show("Shows a user", "NAME", "users/{0}").Examples("users show sensor-1"),
        CreateAdd(),
        CreatePassword(),
        CreateGroups(),
        Named.Act("disable", "Refuses users, and sends away who is connected as one", "NAME", HttpMethod.Patch, "users/{0}", "is refused from now on", _ => new JsonObject { ["isDisabled"] = true }).Examples("users disable sensor-1"),
        Named.Act("enable", "Lets users in again", "NAME", HttpMethod.Patch, "users/{0}", "may connect again", _ => new JsonObject { ["isDisabled"] = false }).Examples("users enable sensor-1"),
        Named.Act("delete", "Removes users, and sends away who is connected as one", "NAME", HttpMethod.Delete, "users/{0}", "was removed").Examples("users delete sensor-1"),
        CreateImport(),
        CreateExport(),
    };

    private static Command CreateAdd()
    {
        Argument<string> name = new("NAME") { Description = "Its name" };
        Option<string[]> groups = new("--group") { Description = "A group it is in; may be given more than once", HelpName = "NAME", Arity = ArgumentArity.ZeroOrMore };
        Option<bool> none = new("--no-password") { Description = "Without a password: with a certificate or a token" };
        Option<string?> file = PasswordFile();
        return new Command("add", "Makes a user; asks for the password, or reads it from standard input").With(name).With(groups, file, none)
            .Examples("users add sensor-1 --group sensors", "users add sensor-1 --password-file secret.txt")
            .Runs(async context =>
            {
                JsonObject user = new() { ["name"] = context.Get(name), ["groups"] = new JsonArray([.. (context.Get(groups) ?? []).Select(group => JsonValue.Create(group))]) };
                if (!context.Get(none))
                {
                    user["password"] = SecretInput.Read(context.Get(file), "Password", twice: true);
                }

                context.Output.Done($"{context.Get(name)} was made", await context.Api.SendAsync(HttpMethod.Post, "users", context.Cancellation, user));
            });
    }

    private static Command CreatePassword()
    {
        Argument<string> name = new("NAME") { Description = "Whose" };
        Option<string?> file = PasswordFile();
        Option<bool> keep = KeepConnections();
        return new Command("password", "Gives a user a new password; asks for it, or reads it from standard input").With(name).With(file, keep)
            .Examples("users password sensor-1 < secret.txt")
            .Runs(async context =>
            {
                string path = ApiPath.Of("users/{0}/password", context.Get(name)!) + KeepQuery(context, keep);
                await context.Api.SendAsync(HttpMethod.Put, path, context.Cancellation, new JsonObject { ["password"] = SecretInput.Read(context.Get(file), "Password", twice: true) });
                context.Output.Done($"{context.Get(name)} has a new password");
            });
    }

    private static Command CreateGroups()
    {
        Argument<string> name = new("NAME") { Description = "Who" };
        Argument<string[]> groups = new("GROUP") { Description = "All groups it is in then; none: it is in no group", Arity = ArgumentArity.ZeroOrMore };
        return new Command("groups", "Sets the groups of a user").With(name, groups)
            .Examples("users groups sensor-1 sensors hall-2")
            .Runs(async context =>
            {
                JsonObject change = new() { ["groups"] = new JsonArray([.. (context.Get(groups) ?? []).Select(group => JsonValue.Create(group))]) };
                JsonNode? user = await context.Api.SendAsync(HttpMethod.Patch, ApiPath.Of("users/{0}", context.Get(name)!), context.Cancellation, change);
                context.Output.Done($"{context.Get(name)} is in {(user.At("groups") is JsonArray { Count: > 0 } all ? Cells.Text(all) : "no group")}", user);
            });
    }

    private static Command CreateImport()
    {
        Argument<string> file = new("FILE") { Description = "A .csv file with the columns name,password,password_hash,groups,disabled, or a .json file as 'users export' writes it" };
        Option<bool> keep = KeepConnections();
        return new Command("import", "Makes or replaces many users").With(file).With(keep)
            .Examples("users import users.csv", "users import users.json --keep-connections")
            .Runs(async context =>
            {
                using ByteArrayContent content = new(await File.ReadAllBytesAsync(context.Get(file)!, context.Cancellation));
                content.Headers.ContentType = new MediaTypeHeaderValue(Path.GetExtension(context.Get(file)!).ToLowerInvariant() switch
                {
                    ".csv" => "text/csv",
                    ".json" => "application/json",
                    _ => throw CliException.Usage("the name of the file ends with .csv or .json"),
                });
                JsonNode? result = await context.Api.SendAsync(HttpMethod.Post, "users/import" + KeepQuery(context, keep), content, takesLong: true, context.Cancellation);
                context.Output.Done($"{result.NumberAt("imported")} users made or replaced", result);
                IReadOnlyList<JsonNode> mistakes = [.. (result.At("mistakes") as JsonArray ?? []).OfType<JsonNode>()];
                foreach (JsonNode mistake in mistakes)
                {
                    await ErrorLine.WriteAsync($"{mistake.NumberAt("place")}, {mistake.TextAt("name")}: {mistake.TextAt("message")}");
                }

                return mistakes.Count == 0 ? ExitCode.Done : ExitCode.Refused;
            });
    }

    private static Command CreateExport()
    {
        Argument<string> file = new("FILE") { Description = "A new .csv or .json file, which only you can read" };
        return new Command("export", "Writes all users with the hashes of their passwords into a file").With(file)
            .Examples("users export users.json")
            .Runs(async context =>
            {
                string format = Path.GetExtension(context.Get(file)!).ToLowerInvariant() switch
                {
                    ".csv" => Csv,
                    ".json" => "json",
                    _ => throw CliException.Usage("the name of the file ends with .csv or .json"),
                };
                using HttpResponseMessage response = await context.Api.OpenAsync($"users/export?format={format}", context.Cancellation);
                long bytes = await Download.WriteAsync(context, response, context.Get(file)!, overwrite: false);
                context.Output.Done($"{bytes} bytes written to {context.Get(file)}");
            });
    }

    private static Option<string?> PasswordFile() => new("--password-file") { Description = "A file whose first line is the password", HelpName = "FILE" };

    private static Option<bool> KeepConnections() => new("--keep-connections") { Description = "Do not send away who is connected with the password before" };

    private static ApiQuery KeepQuery(CommandContext context, Option<bool> keep) => new ApiQuery().Add("keepConnections", context.Get(keep) ? "true" : null);
}
