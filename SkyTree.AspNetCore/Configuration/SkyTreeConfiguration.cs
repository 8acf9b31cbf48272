namespace SkyTree.AspNetCore.Configuration;

/// <summary>How the configuration becomes <see cref="SkyTreeOptions"/>.</summary>
internal static class SkyTreeConfiguration
{
    /// <summary>Reads it.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="needsListener">Whether it makes no sense without a listener of its own.</param>
    /// <exception cref="StartUpException">Something is wrong with it; everything that is wrong is in it.</exception>
    public static SkyTreeOptions ReadSkyTree(this IConfiguration configuration, bool needsListener = true)
    {
        ConfigurationErrors errors = new();
        SkyTreeOptions options = OptionsReader.Read<SkyTreeOptions>(configuration.GetSection("SkyTree"), errors);
        SkyTreeOptionsValidator.Validate(options, errors);
        if (needsListener && !options.Listeners.Values.Any(listener => listener.Enabled))
        {
            errors.Add("SkyTree:Listeners", "at least one listener must be enabled");
        }

        SectionsValidator.Validate(configuration, errors);
        errors.ThrowIfAny();
        return options;
    }
}
