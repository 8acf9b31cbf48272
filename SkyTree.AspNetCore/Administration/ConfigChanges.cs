using System.Text.Json;
using SkyTree.AspNetCore.Configuration;
using SkyTree.Core;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Administration;

/// <summary>Changes of this node's configuration while it runs. They count at once and outlive the process; each is checked with all of the configuration first.</summary>
internal sealed class ConfigChanges(SkyTreeOptions options, IConfiguration configuration, ChangedConfiguration changed, Broker broker) : IDisposable
{
    /// <summary>Keys of how much is logged begin so; behind it a category of the log, or <c>Default</c>.</summary>
    public const string LogLevels = "Logging:LogLevel:";

    private const int MostChanges = 500;
    private const int LongestCategory = 256;
    private const int LongestValue = 4096;

    private readonly SemaphoreSlim _changing = new(1, 1);

    /// <summary>Rises with each change.</summary>
    public long Version => changed.Version;

    /// <summary>Changes values of this node.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="values">Values by key; null: as it is configured elsewhere.</param>
    /// <param name="version">The version that the caller has seen; null: whatever it is.</param>
    /// <exception cref="AdminException">The caller may not, somebody else has changed something, or a key cannot be changed or has no such value; then none is.</exception>
    public async Task ChangeAsync(Caller caller, IReadOnlyDictionary<string, string?> values, long? version = null)
    {
        caller.Require(AdminArea.Config, AdminAccess.Write);
        await _changing.WaitAsync();
        try
        {
            if (version is { } seen && seen != changed.Version)
            {
                throw new AdminException(AdminError.VersionMismatch, "version_mismatch", "The configuration was changed meanwhile; look at it again.");
            }

            await ChangeAsync(caller, values);
        }
        finally
        {
            _changing.Release();
        }
    }

    public void Dispose() => _changing.Dispose();

    private async Task ChangeAsync(Caller caller, IReadOnlyDictionary<string, string?> values)
    {
        Dictionary<string, string> mistakes = [];
        Dictionary<string, string?> wanted = new(changed.Values, StringComparer.OrdinalIgnoreCase);
        List<ChangeableOption> found = [];
        List<string> keys = [];
        foreach ((string key, string? value) in values)
        {
            ChangeableOption? option = ChangeableOption.Find(options, key);
            string name = option?.Key ?? key;
            if (option is not null)
            {
                found.Add(option);
            }

            if (MistakeIn(key, value, option) is { } mistake)
            {
                mistakes[key] = mistake;
            }
            else if (value is null)
            {
                wanted.Remove(name);
            }
            else
            {
                wanted[name] = value;
            }

            keys.Add(name);
        }

        SkyTreeOptions? next = mistakes.Count == 0 && values.Count > 0 ? Read(wanted, keys, mistakes) : null;
        if (next is null || mistakes.Count > 0)
        {
            throw new AdminException(AdminError.Invalid, "bad_config", "This cannot be changed so.") { Fields = mistakes };
        }

        if (wanted.Count > MostChanges)
        {
            throw new AdminException(AdminError.LimitExceeded, "too_many_changes", $"At most {MostChanges} values are changed at a time; set some to null first.");
        }

        string before = Show(keys);
        try
        {
            changed.Replace(wanted);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AdminException(AdminError.Unavailable, "not_saved", $"It could not be written to the data folder, and nothing was changed: {exception.Message}", exception);
        }

        found.ForEach(option => option.Take(next));
        await broker.Admin.Audit.NoteAsync(caller, "config.change", string.Join(' ', keys), before, Show(keys));
    }

    private static string? MistakeIn(string key, string? value, ChangeableOption? option)
    {
        if (value?.Length > LongestValue)
        {
            return $"has {LongestValue} characters at most";
        }

        if (option is not null)
        {
            return value?.Length == 0 && option.Property.PropertyType != typeof(string) ? "is empty; null makes it what is configured elsewhere" : null;
        }

        string category = key.StartsWith(LogLevels, StringComparison.OrdinalIgnoreCase) ? key[LogLevels.Length..] : "";
        if (category.Length is 0 or > LongestCategory || !category.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_'))
        {
            return "cannot be changed while the program runs";
        }

        return value is not null && !Enum.GetNames<LogLevel>().Contains(value, StringComparer.OrdinalIgnoreCase)
            ? $"is one of {string.Join(", ", Enum.GetNames<LogLevel>())}"
            : null;
    }

    /// <summary>All options as they would be at a start with these changes. What would be wrong then, and is not now, is a mistake.</summary>
    private SkyTreeOptions Read(Dictionary<string, string?> wanted, List<string> keys, Dictionary<string, string> mistakes)
    {
        Dictionary<string, string?> flat = new(StringComparer.OrdinalIgnoreCase);
        foreach (IConfigurationProvider provider in ((IConfigurationRoot)configuration).Providers.Where(provider => provider != changed))
        {
            foreach ((string key, string? value) in new ConfigurationRoot([new Unloaded(provider)]).AsEnumerable())
            {
                if (value is not null)
                {
                    flat[key] = value;
                }
            }
        }

        ConfigurationErrors now = new();
        Read(flat.Concat(changed.Values), now);
        ConfigurationErrors then = new();
        SkyTreeOptions options = Read(flat.Concat(wanted), then);
        foreach (string line in then.Lines.Except(now.Lines))
        {
            string key = keys.Find(key => line.StartsWith(key + ":", StringComparison.OrdinalIgnoreCase)) ?? keys[0];
            mistakes[key] = line.StartsWith(key + ": ", StringComparison.OrdinalIgnoreCase) ? line[(key.Length + 2)..] : line;
        }

        return options;
    }

    private static SkyTreeOptions Read(IEnumerable<KeyValuePair<string, string?>> values, ConfigurationErrors errors)
    {
        Dictionary<string, string?> flat = new(StringComparer.OrdinalIgnoreCase);
        foreach ((string key, string? value) in values)
        {
            flat[key] = value;
        }

        IConfigurationRoot root = new ConfigurationBuilder().AddInMemoryCollection(flat).Build();
        SkyTreeOptions read = OptionsReader.Read<SkyTreeOptions>(root.GetSection("SkyTree"), errors);
        SkyTreeOptionsValidator.Validate(read, errors);
        return read;
    }

    private string Show(IEnumerable<string> keys) => JsonSerializer.Serialize(keys.ToDictionary(key => key, key => configuration[key]));

    /// <summary>A source that is not read again for being looked at.</summary>
    private sealed class Unloaded(IConfigurationProvider inner) : IConfigurationProvider
    {
        public IEnumerable<string> GetChildKeys(IEnumerable<string> earlierKeys, string? parentPath) => inner.GetChildKeys(earlierKeys, parentPath);

        public Microsoft.Extensions.Primitives.IChangeToken GetReloadToken() => inner.GetReloadToken();

        public void Load()
        {
            // It was, at the start.
        }

        public void Set(string key, string? value) => throw new NotSupportedException();

        public bool TryGet(string key, out string? value) => inner.TryGet(key, out value);
    }
}
