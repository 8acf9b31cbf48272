namespace SkyTree.AspNetCore.Configuration;

/// <summary>Collects everything that is wrong with the configuration, so that it is reported together.</summary>
internal sealed class ConfigurationErrors
{
    private readonly List<string> _lines = [];

    public ICollection<string> Lines => _lines;

    /// <summary>Adds an error.</summary>
    /// <param name="key">The option's full name.</param>
    /// <param name="problem">What is wrong, in one line.</param>
    public void Add(string key, string problem) => _lines.Add($"{key}: {problem.ReplaceLineEndings(" ")}");

    /// <exception cref="StartUpException">There are errors.</exception>
    public void ThrowIfAny()
    {
        if (_lines.Count > 0)
        {
            throw new StartUpException(_lines);
        }
    }
}
