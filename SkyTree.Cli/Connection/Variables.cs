namespace SkyTree.Cli.Connection;

/// <summary>Environment variables that say what options say.</summary>
internal static class Variables
{
    /// <summary>The server.</summary>
    public const string Url = "SKYTREE_URL";

    /// <summary>An API key.</summary>
    public const string ApiKey = "SKYTREE_API_KEY";

    /// <summary>An admin account's name.</summary>
    public const string User = "SKYTREE_USER";

    /// <summary>An admin account's password.</summary>
    public const string Password = "SKYTREE_PASSWORD";

    /// <summary>The PEM file of those whose certificates are believed.</summary>
    public const string CaFile = "SKYTREE_CA_FILE";

    /// <summary>The profile's name.</summary>
    public const string Profile = "SKYTREE_PROFILE";

    /// <summary>The file of profiles.</summary>
    public const string ProfileFile = "SKYTREE_PROFILES";

    /// <summary>A variable's value; null: it is not set, or empty.</summary>
    public static string? Read(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
