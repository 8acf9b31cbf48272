using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Commands;

/// <summary>Backups to and from files.</summary>
internal static class BackupCommands
{
    public static Command CreateBackup()
    {
        Argument<string> file = new("FILE") { Description = "Where to; only you can read it, since it holds the hashes of passwords" };
        Option<bool> overwrite = new("--overwrite") { Description = "A file of this name gives way, once the backup is whole" };
        return new Command("backup", "Writes everything that the server keeps into a file, while it serves").With(file).With(overwrite)
            .Examples("backup skytree.backup", "backup --overwrite /backups/nightly")
            .Runs(async context =>
            {
                using HttpResponseMessage response = await context.Api.OpenAsync("backup", context.Cancellation);
                long bytes = await Download.WriteAsync(context, response, context.Get(file)!, context.Get(overwrite));
                context.Output.Done(
                    string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes written to {context.Get(file)}"),
                    new JsonObject { ["file"] = context.Get(file), ["bytes"] = bytes });
            });
    }

    public static Command CreateRestore()
    {
        Argument<string> file = new("FILE") { Description = "A backup" };
        return new Command("restore", "Backups that take the place of everything at the server's next start")
        {
            new Command("stage", "Sends a backup, which is checked, and takes the place of everything at the next start").With(file)
                .Examples("restore stage skytree.backup")
                .Runs(async context =>
                {
                    await using FileStream input = File.OpenRead(context.Get(file)!);
                    using StreamContent content = new(input);
                    content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
                    JsonNode? answer = await context.Api.SendAsync(HttpMethod.Post, "restore", content, takesLong: true, context.Cancellation);
                    context.Output.Done($"staged: {Describe(answer)}; restart the server to have it", answer);
                }),
            new Command("show", "Shows the backup that is staged").Examples("restore show").Runs(async context =>
            {
                JsonNode? answer = await context.Api.GetAsync("restore", context.Cancellation);
                context.Output.Done(answer.At("staged") is null ? "nothing is staged" : $"staged at {answer.TextAt("staged.stagedAt")} by {answer.TextAt("staged.stagedBy")}: {Describe(answer)}", answer);
            }),
            new Command("cancel", "Forgets the backup that is staged").Examples("restore cancel").Runs(async context =>
            {
                await context.Api.SendAsync(HttpMethod.Delete, "restore", context.Cancellation);
                context.Output.Done("nothing is staged any more");
            }),
        };
    }

    private static string Describe(JsonNode? answer) => string.Create(
        CultureInfo.InvariantCulture,
        $"a backup of {answer.TextAt("staged.backup.createdAt")} with {answer.NumberAt("staged.backup.sessions")} sessions and {answer.NumberAt("staged.backup.messages")} messages");
}
