using System.CommandLine;
using System.Net.Http.Headers;

namespace SkyTree.Cli.Connection;

/// <summary>The options that say which server is asked, and by whom. Arguments count more than variables, those more than the profile.</summary>
internal static class ConnectionOptions
{
    private const string DefaultProfile = "default";
    private const int LongestTimeoutSeconds = 86_400;

    private static readonly Uri s_defaultServer = new("http://127.0.0.1:8080/");

    private static readonly Option<string?> s_server = new("--server", "-s")
    {
        Description = $"The server's address; {Variables.Url} [default: that of the profile, else {s_defaultServer}]",
        HelpName = "URL",
        Recursive = true,
    };

    private static readonly Option<string?> s_apiKeyFile = new("--api-key-file")
    {
        Description = $"A file with an API key; else the key in {Variables.ApiKey}, or name and password in {Variables.User} and {Variables.Password}, or the profile's",
        HelpName = "FILE",
        Recursive = true,
    };

    private static readonly Option<string?> s_profile = new("--profile")
    {
        Description = $"Which login that 'skytree login' has kept; {Variables.Profile} [default: {DefaultProfile}]",
        HelpName = "NAME",
        Recursive = true,
    };

    private static readonly Option<string?> s_caFile = new("--ca-file")
    {
        Description = $"A PEM file of those whose certificates are believed, instead of the machine's own; {Variables.CaFile}",
        HelpName = "FILE",
        Recursive = true,
    };

    private static readonly Option<bool> s_insecure = new("--insecure")
    {
        Description = "Believe any certificate: whoever is between can read and change everything",
        Recursive = true,
    };

    private static readonly Option<int> s_timeout = new("--timeout")
    {
        Description = "How long an answer is waited for",
        HelpName = "SECONDS",
        Recursive = true,
        DefaultValueFactory = _ => 100,
    };

    /// <summary>Adds them.</summary>
    public static void AddTo(RootCommand root)
    {
        root.With(s_server, s_apiKeyFile, s_profile, s_caFile, s_insecure, s_timeout);
        s_timeout.Validators.Clear();
        s_timeout.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int seconds) && seconds is < 1 or > LongestTimeoutSeconds)
            {
                result.AddError($"--timeout is 1 to {LongestTimeoutSeconds} seconds");
            }
        });
    }

    /// <summary>The profile's name.</summary>
    public static string ProfileName(ParseResult parsed) => NamedProfile(parsed) ?? DefaultProfile;

    /// <summary>Which server is asked, and by whom.</summary>
    /// <exception cref="CliException">Nobody has said who asks, or what was said makes no sense.</exception>
    public static ServerTarget Read(ParseResult parsed)
    {
        (ServerTarget target, Profile? profile) = ReadServer(parsed);
        return target with
        {
            Credentials = ReadGiven(parsed) ?? (profile is null ? null : Kept(profile, ProfileName(parsed)))
                ?? throw CliException.Usage(
                    $"who asks {target.Server}? Run 'skytree login', or set {Variables.ApiKey}, or {Variables.User} and {Variables.Password}, or give --api-key-file"),
        };
    }

    /// <summary>The same without anybody who asks.</summary>
    /// <returns>The server, and the profile if it is for that server.</returns>
    /// <exception cref="CliException">What was said makes no sense.</exception>
    public static (ServerTarget Target, Profile? Profile) ReadServer(ParseResult parsed)
    {
        Profile? profile = ProfileFile.Read().GetValueOrDefault(ProfileName(parsed));
        if (profile is null && NamedProfile(parsed) is { } name && parsed.CommandResult.Command.Name is not "login")
        {
            throw CliException.Usage($"there is no profile '{name}'; 'skytree login --profile {name}' makes it");
        }

        Uri server = (parsed.GetValue(s_server) ?? Variables.Read(Variables.Url)) is { } text ? ReadUrl(text) : profile?.Server ?? s_defaultServer;
        Profile? own = profile is not null && profile.Server == server ? profile : null; // nobody else gets its key
        string? caFile = parsed.GetValue(s_caFile) ?? Variables.Read(Variables.CaFile) ?? own?.CaFile;
        bool isInsecure = parsed.GetValue(s_insecure);
        if (isInsecure && parsed.GetValue(s_caFile) is not null)
        {
            throw CliException.Usage("--insecure believes any certificate, --ca-file only some: give one of them");
        }

        return (new ServerTarget(server, null, caFile, isInsecure, TimeSpan.FromSeconds(parsed.GetValue(s_timeout))), own);
    }

    /// <summary>An API key of a file or a variable, or a name and a password of variables; null: none was given.</summary>
    /// <exception cref="CliException">It makes no sense.</exception>
    public static AuthenticationHeaderValue? ReadGiven(ParseResult parsed)
    {
        if (ReadApiKey(parsed) is { } key)
        {
            return Credentials.Bearer(key);
        }

        return (Variables.Read(Variables.User), Variables.Read(Variables.Password)) switch
        {
            (null, null) => null,
            ({ } user, { } password) => Credentials.Basic(user, password),
            _ => throw CliException.Usage($"{Variables.User} and {Variables.Password} belong together; one of them is not set"),
        };
    }

    /// <summary>An API key of a file or a variable; null: none was given.</summary>
    public static string? ReadApiKey(ParseResult parsed) =>
        parsed.GetValue(s_apiKeyFile) is { } file ? File.ReadAllText(file).Trim() : Variables.Read(Variables.ApiKey);

    private static string? NamedProfile(ParseResult parsed) => parsed.GetValue(s_profile) ?? Variables.Read(Variables.Profile);

    private static AuthenticationHeaderValue? Kept(Profile profile, string name) => profile switch
    {
        { ApiKey: { } key } => Credentials.Bearer(key),
        { Token: not null, ExpiresAt: { } end } when end <= TimeProvider.System.GetUtcNow() => throw CliException.Usage($"the login of profile '{name}' ended at {end:u}: run 'skytree login' again"),
        { Token: { } token } => Credentials.Bearer(token),
        _ => null,
    };

    private static Uri ReadUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri is { UserInfo: "", Query: "", Fragment: "" }
            ? new Uri(uri.AbsoluteUri.TrimEnd('/') + "/")
            : throw CliException.Usage($"'{text}' is no address of a server, such as http://127.0.0.1:8080");
}
