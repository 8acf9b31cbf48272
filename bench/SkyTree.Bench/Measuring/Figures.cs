using System.Globalization;

namespace SkyTree.Bench.Measuring;

/// <summary>Named results in the order in which they were added; NaN where nothing was measured.</summary>
internal sealed class Figures
{
    private readonly List<(string Name, string Value)> _figures = [];

    /// <summary>Whether nothing went wrong that was counted as an error.</summary>
    public bool AreCorrect { get; private set; } = true;

    public Figures Add(string name, double value, int digits)
    {
        _figures.Add((name, double.IsFinite(value) ? value.ToString($"F{digits}", CultureInfo.InvariantCulture) : "null"));
        return this;
    }

    /// <summary>Adds a count that must be 0.</summary>
    public Figures AddError(string name, long count)
    {
        AreCorrect &= count == 0;
        return Add(name, count, 0);
    }

    public string ToJson() => $"{{{string.Join(',', _figures.Select(figure => $"\"{figure.Name}\":{figure.Value}"))}}}";

    public string ToLine() => string.Join(", ", _figures.Select(figure => $"{figure.Name} {figure.Value}"));
}
