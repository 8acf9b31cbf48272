namespace SkyTree.AspNetCore.Configuration;

/// <summary>Checks what lies beside the section SkyTree: misspelt names of sections, and the levels of the log.</summary>
internal static class SectionsValidator
{
    private static readonly string[] s_sections = ["SkyTree", "Logging"];

    public static void Validate(IConfiguration configuration, ConfigurationErrors errors)
    {
        // Environment variables of other programs are sections too, so only what resembles ours is taken for an error.
        foreach (IConfigurationSection section in configuration.GetChildren().Where(section => section.GetChildren().Any()))
        {
            if (!s_sections.Contains(section.Key, StringComparer.OrdinalIgnoreCase) && Meant(section.Key) is { } name)
            {
                errors.Add(section.Path, $"there is no such section; did you mean {name}?");
            }
        }

        IConfigurationSection logging = configuration.GetSection("Logging");
        foreach (IConfigurationSection section in logging.GetChildren().Select(child => child.GetSection("LogLevel")).Prepend(logging.GetSection("LogLevel")))
        {
            ValidateLevels(section, errors);
        }
    }

    private static string? Meant(string key)
        => key.StartsWith("SkyTree", StringComparison.OrdinalIgnoreCase) ? "SkyTree" : Spelling.Nearest(key, s_sections);

    private static void ValidateLevels(IConfigurationSection levels, ConfigurationErrors errors)
    {
        string[] names = Enum.GetNames<LogLevel>();
        foreach (IConfigurationSection level in levels.GetChildren())
        {
            if (level.Value is { Length: > 0 } value && !names.Contains(value, StringComparer.OrdinalIgnoreCase))
            {
                errors.Add(level.Path, $"'{value}' is not one of {string.Join(", ", names)}");
            }
        }
    }
}
