using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SkyTree.Cli.Connection;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Commands;

/// <summary>Logins that are kept.</summary>
internal static class LoginCommands
{
    public static Command CreateLogin()
    {
        Option<string?> user = new("--user", "-u") { Description = $"The name of an admin account; {Variables.User} [default: admin]", HelpName = "NAME" };
        Option<string?> file = new("--password-file") { Description = "A file whose first line is its password; else it is asked for, or read from standard input", HelpName = "FILE" };
        return new Command("login", "Keeps the server and who asks it for the commands that follow").With(user, file)
            .Examples(
                "login --server https://broker:8443 --ca-file ca.pem --user night-shift",
                "login --profile plant-2 --server http://10.0.0.2:8080 --api-key-file key.txt")
            .Runs(async context =>
            {
                (ServerTarget target, _) = ConnectionOptions.ReadServer(context.Parsed);
                string? key = ConnectionOptions.ReadApiKey(context.Parsed);
                (Profile profile, string who) = key is not null
                    ? await WithKeyAsync(target, key, context.Cancellation)
                    : await WithPasswordAsync(target, context.Get(user) ?? Variables.Read(Variables.User) ?? "admin", context.Get(file), context.Cancellation);
                SortedDictionary<string, Profile> profiles = ProfileFile.Read();
                profiles[ConnectionOptions.ProfileName(context.Parsed)] = profile;
                ProfileFile.Write(profiles);
                string end = profile.ExpiresAt is { } at ? string.Create(CultureInfo.InvariantCulture, $" until {at:u}") : "";
                context.Output.Done($"{who} is logged in at {profile.Server}{end}; profile '{ConnectionOptions.ProfileName(context.Parsed)}' in {ProfileFile.Path}");
            });
    }

    public static Command CreateLogout() => new Command("logout", "Forgets a login that was kept")
        .Examples("logout", "logout --profile plant-2")
        .Runs(context =>
        {
            SortedDictionary<string, Profile> profiles = ProfileFile.Read();
            if (!profiles.Remove(ConnectionOptions.ProfileName(context.Parsed)))
            {
                throw CliException.Refused($"there is no profile '{ConnectionOptions.ProfileName(context.Parsed)}'");
            }

            ProfileFile.Write(profiles);
            context.Output.Done($"profile '{ConnectionOptions.ProfileName(context.Parsed)}' is forgotten");
            return Task.CompletedTask;
        });

    public static Command CreateWhoAmI() => new Command("whoami", "Shows who asks, and what they may do")
        .Examples("whoami")
        .Runs(async context =>
        {
            JsonNode? me = await context.Api.GetAsync("me", context.Cancellation);
            context.Output.Done($"{me.TextAt("name")}, {me.TextAt("role")}, at {context.Api.Target.Server}: {Cells.Text(me.At("scopes"))}", me);
        });

    private static async Task<(Profile Profile, string Who)> WithKeyAsync(ServerTarget target, string key, CancellationToken cancellationToken)
    {
        using ServerApi api = ServerApi.Create(target with { Credentials = Credentials.Bearer(key) });
        JsonNode? me = await api.GetAsync("me", cancellationToken);
        return (new Profile(target.Server, ApiKey: key, CaFile: FullPath(target)), me.TextAt("name"));
    }

    private static async Task<(Profile Profile, string Who)> WithPasswordAsync(ServerTarget target, string name, string? file, CancellationToken cancellationToken)
    {
        string password = (file is null ? Variables.Read(Variables.Password) : null) ?? SecretInput.Read(file, $"Password of {name}", twice: false);
        using ServerApi api = ServerApi.Create(target);
        JsonNode? login = await api.SendAsync(HttpMethod.Post, "login", cancellationToken, new JsonObject { ["name"] = name, ["password"] = password });
        if (login.FlagAt("mustChangePassword"))
        {
            throw CliException.Refused($"{name} must choose a password first: sign in to the portal at {target.Server}");
        }

        DateTimeOffset end = DateTimeOffset.Parse(login.TextAt("expiresAt"), CultureInfo.InvariantCulture);
        return (new Profile(target.Server, Token: login.TextAt("accessToken"), ExpiresAt: end, CaFile: FullPath(target)), login.TextAt("name"));
    }

    private static string? FullPath(ServerTarget target) => target.CaFile is { } file ? Path.GetFullPath(file) : null;
}
