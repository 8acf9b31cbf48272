using System.Globalization;
using System.Reflection;
using SkyTree.Core;
using SkyTree.Core.Listeners;
using SkyTree.Core.Messages;
using SkyTree.Core.Sessions.Limits;

namespace SkyTree.Broker.Tests.Scenarios;

/// <summary>A scenario file: a header of <c>key: value</c> lines, an empty line, and the steps.</summary>
internal sealed class Scenario
{
    private static readonly string[] DefaultVersions = ["v5"];

    private readonly Dictionary<string, string> _header = [];

    public required string Name { get; init; }

    public List<ScenarioLine> Lines { get; } = [];

    public string[] Versions => List("versions") is { Length: > 0 } versions ? versions : DefaultVersions;

    /// <summary>The normative statements that it tests.</summary>
    public string[] Statements => List("spec");

    public string[] DeniedPublishes => List("deny-publish");

    public string[] DeniedSubscriptions => List("deny-subscribe");

    /// <summary><c>name:password</c> of those who may connect; empty: everybody.</summary>
    public string[] Users => List("users");

    public static Scenario Load(string path)
    {
        Scenario scenario = new() { Name = Path.GetRelativePath(Harness.Repository.ScenarioDirectory, path) };
        bool header = true;
        int number = 0;
        foreach (string line in File.ReadAllLines(path))
        {
            number++;
            if (header && line.Length > 0 && line[0] == '#')
            {
                continue;
            }

            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (header && colon > 0)
            {
                scenario._header[line[..colon]] = line[(colon + 2)..];
                continue;
            }

            header = false;
            scenario.Lines.Add(new ScenarioLine(number, line));
        }

        return scenario;
    }

    public BrokerOptions BuildOptions() => Apply(new BrokerOptions { SysTopicsSeconds = 0 }, List("options"));

    public StoreOptions BuildStoreOptions() =>
        Apply(new StoreOptions { QueueLimits = Apply(new QueueLimits(), List("queue-limits")) }, List("store"));

    public ListenerLimits BuildLimits() => Apply(new ListenerLimits(), List("limits"));

    private string[] List(string key) =>
        _header.TryGetValue(key, out string? value) ? value.Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];

    private static T Apply<T>(T target, string[] settings)
        where T : class
    {
        foreach (string setting in settings)
        {
            string[] parts = setting.Split('=', 2);
            System.Reflection.PropertyInfo property = typeof(T).GetProperty(parts[0], BindingFlags.Public | BindingFlags.Instance)
                ?? throw new FormatException($"{typeof(T).Name} has no {parts[0]}");
            object value = property.PropertyType.IsEnum
                ? Enum.Parse(property.PropertyType, parts[1])
                : Convert.ChangeType(parts[1], property.PropertyType, CultureInfo.InvariantCulture);
            property.SetValue(target, value);
        }

        return target;
    }
}
