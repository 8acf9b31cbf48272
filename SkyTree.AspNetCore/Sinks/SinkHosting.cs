using SkyTree.AspNetCore.Configuration;
using SkyTree.Sinks;

namespace SkyTree.AspNetCore.Sinks;

/// <summary>The sinks of the configuration, and those that an application has registered as <see cref="SinkDefinition"/>.</summary>
internal static class SinkHosting
{
    private const string Section = "SkyTree:Sinks";

    /// <summary>The sinks, and their start and stop with the program. After the broker, so that they are stopped before it.</summary>
    public static WebApplicationBuilder AddSinks(this WebApplicationBuilder builder, SkyTreeOptions options)
    {
        foreach ((string name, SinkOptions sink) in options.Sinks.Where(pair => pair.Value.Enabled))
        {
            builder.Services.AddSingleton(services => SinkDefinition.Of(name, sink, DefaultFolder(options, name), services.GetRequiredService<TimeProvider>()));
        }

        builder.Services.AddSingleton<SinkHost>().AddSingleton(services => services.GetRequiredService<SinkHost>().Admin).AddHostedService<SinkService>();
        return builder;
    }

    /// <summary>Checks what a single value's type and range cannot say.</summary>
    public static void Validate(SkyTreeOptions options, ConfigurationErrors errors)
    {
        var folders = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, SinkOptions sink) in options.Sinks.Where(pair => pair.Value.Enabled))
        {
            sink.Validate($"{Section}:{name}", name, errors.Add);
            if (sink.Kind == SinkKind.File)
            {
                string folder = Path.GetFullPath(sink.File.Folder.Length > 0 ? sink.File.Folder : DefaultFolder(options, name));
                if (!folders.TryAdd(folder, name))
                {
                    errors.Add($"{Section}:{name}:File:Folder", $"'{folder}' is the folder of sink {folders[folder]}; each needs its own");
                }
            }
        }
    }

    private static string DefaultFolder(SkyTreeOptions options, string name) => Path.Combine(options.Data, "sinks", name);
}
