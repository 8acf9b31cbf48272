using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;
using SkyTree.AspNetCore.Configuration;
using SkyTree.Core;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Administration;

/// <summary>The configuration of this node as it holds, with where each value comes from, and what of it can be changed. Secrets are not shown.</summary>
internal sealed class ConfigView(SkyTreeOptions options, IConfiguration configuration)
{
    private const string Root = "SkyTree";

    // Values whose names end so are somebody's secrets, or hold one, as connection strings do.
    private static readonly string[] s_secrets = ["Secret", "Password", "Connection", "ConnectionString", "Credential", "Key", "Token", "Hash", "Authorization"];

    /// <summary>All values by key.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="prefix">Keys that begin so, such as <c>SkyTree:Mqtt</c>; null: all.</param>
    /// <param name="changeable">Whether they can be changed while the program runs; null: either.</param>
    /// <exception cref="AdminException">The caller may not.</exception>
    public IReadOnlyList<ConfigValue> List(Caller caller, string? prefix, bool? changeable = null)
    {
        caller.Require(AdminArea.Config, AdminAccess.Read);
        IEnumerable<ConfigValue> levels = configuration.GetSection(ConfigChanges.LogLevels.TrimEnd(':')).GetChildren()
            .Select(level => Of(level.Path, "", level.Value, null, ConfigChange.Now));
        return
        [
            .. Walk(Root, options).Concat(levels).Where(value =>
                (prefix is null || value.Key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                && (changeable is not { } wanted || wanted == (value.Change != ConfigChange.Restart))),
        ];
    }

    private IEnumerable<ConfigValue> Walk(string key, object section) =>
        section.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite && property.GetIndexParameters().Length == 0)
            .SelectMany(property => Read($"{key}:{property.Name}", property.Name, property.GetValue(section), property.GetCustomAttribute<RangeAttribute>(), property.GetCustomAttribute<ChangeableAttribute>()));

    private IEnumerable<ConfigValue> Read(string key, string name, object? value, RangeAttribute? range, ChangeableAttribute? changeable = null) => value switch
    {
        null => [Of(key, name, null, range, ChangeOf(changeable))],
        string or bool or Enum or IConvertible => [Of(key, name, Text(value), range, ChangeOf(changeable), value as Enum)],
        IDictionary map => map.Keys.Cast<string>().Order(StringComparer.OrdinalIgnoreCase).SelectMany(child => Read($"{key}:{child}", child, map[child], null)),
        IEnumerable list => list.Cast<object?>().SelectMany((item, i) => Read(string.Create(CultureInfo.InvariantCulture, $"{key}:{i}"), name, item, null)),
        _ => Walk(key, value),
    };

    private static ConfigChange ChangeOf(ChangeableAttribute? changeable) =>
        changeable is null ? ConfigChange.Restart : changeable.NewConnectionsOnly ? ConfigChange.NewConnections : ConfigChange.Now;

    private ConfigValue Of(string key, string name, string? value, RangeAttribute? range, ConfigChange change, Enum? choice = null)
    {
        bool isSecret = s_secrets.Any(secret => name.EndsWith(secret, StringComparison.OrdinalIgnoreCase));
        return new ConfigValue(
            key,
            isSecret ? null : value,
            isSecret && !string.IsNullOrEmpty(value),
            SourceOf(key),
            range is null ? null : Convert.ToString(range.Minimum, CultureInfo.InvariantCulture),
            range is null ? null : Convert.ToString(range.Maximum, CultureInfo.InvariantCulture),
            change,
            choice is not null ? Enum.GetNames(choice.GetType()) : change != ConfigChange.Restart && name.Length == 0 ? Enum.GetNames<LogLevel>() : null);
    }

    // The last source that has it counts.
    private ConfigSource SourceOf(string key)
    {
        List<IConfigurationProvider> providers = [.. ((IConfigurationRoot)configuration).Providers];
        int index = providers.FindLastIndex(provider => provider.TryGet(key, out string? value) && value is not null);
        return index < 0 ? ConfigSource.Default : providers[index] switch
        {
            JsonConfigurationProvider => ConfigSource.File,
            EnvironmentVariablesConfigurationProvider => ConfigSource.Environment,
            ChangedConfiguration => ConfigSource.Changed,
            _ when index > 0 => ConfigSource.Arguments,
            _ => ConfigSource.Default,
        };
    }

    private static string Text(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}

/// <summary>A value of the configuration.</summary>
/// <param name="Key">Its key, such as <c>SkyTree:Mqtt:MaximumQoS</c>.</param>
/// <param name="Value">The value; absent: none is set, or it is a secret.</param>
/// <param name="IsHidden">Whether it is a secret that is set.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Minimum">The least value; absent: not a number.</param>
/// <param name="Maximum">The largest value; absent: not a number.</param>
/// <param name="Change">When a change of it counts.</param>
/// <param name="Choices">What it can be; absent: no list of names.</param>
internal sealed record ConfigValue(string Key, string? Value, bool IsHidden, ConfigSource Source, string? Minimum, string? Maximum, ConfigChange Change, IReadOnlyList<string>? Choices);

/// <summary>When a change of a value counts.</summary>
internal enum ConfigChange
{
    /// <summary>When the program is started anew.</summary>
    Restart,

    /// <summary>At once.</summary>
    Now,

    /// <summary>At once, for connections that are made from then on.</summary>
    NewConnections,
}

/// <summary>Where a value comes from.</summary>
internal enum ConfigSource
{
    /// <summary>The program.</summary>
    Default,

    /// <summary>The configuration file.</summary>
    File,

    /// <summary>An environment variable.</summary>
    Environment,

    /// <summary>The command line.</summary>
    Arguments,

    /// <summary>Somebody, while the program ran: it is in <c>settings.json</c> in the data folder.</summary>
    Changed,
}
