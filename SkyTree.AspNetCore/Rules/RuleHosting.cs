using SkyTree.AspNetCore.Configuration;
using SkyTree.Core.InProcess;
using SkyTree.Rules;

namespace SkyTree.AspNetCore.Rules;

/// <summary>The rules of the configuration: what the broker rewrites by, and the sinks that publish again.</summary>
internal static class RuleHosting
{
    private const string Section = "SkyTree:Rules";

    /// <summary>The rules. Before the sinks are made, since some are sinks.</summary>
    public static WebApplicationBuilder AddRules(this WebApplicationBuilder builder, SkyTreeOptions options)
    {
        builder.Services
            .AddSingleton(options.Rules)
            .AddSingleton<RuleSet>()
            .AddSingleton<RuleAdmin>()
            .AddHostedService<RuleService>();
        if (options.Rules.Rewrites.Any(rewrite => rewrite.Enabled))
        {
            builder.Services.AddSingleton(services => services.GetRequiredService<RuleSet>().Rewriter!);
        }

        foreach ((string name, _) in options.Rules.Republish.Where(pair => pair.Value.Enabled))
        {
            builder.Services.AddSingleton(services => services.GetRequiredService<RuleSet>().ToSink(name, services.GetRequiredService<ISkyTreeClient>()));
        }

        return builder;
    }

    /// <summary>Checks what a single value's type and range cannot say.</summary>
    public static void Validate(SkyTreeOptions options, ConfigurationErrors errors)
    {
        options.Rules.Validate(Section, errors.Add);
        foreach ((string name, _) in options.Rules.Republish.Where(pair => pair.Value.Enabled))
        {
            if (options.Sinks.Keys.Contains(RuleSet.SinkNameOf(name), StringComparer.OrdinalIgnoreCase))
            {
                errors.Add($"SkyTree:Sinks:{RuleSet.SinkNameOf(name)}", $"the rule {name} is a sink of this name");
            }
        }
    }
}
