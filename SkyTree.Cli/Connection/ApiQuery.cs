using System.Globalization;

namespace SkyTree.Cli.Connection;

/// <summary>The parameters of a request.</summary>
internal sealed class ApiQuery
{
    private readonly List<string> _pairs = [];

    /// <summary>Adds a parameter, if it has a value.</summary>
    public ApiQuery Add(string name, string? value)
    {
        if (value is not null)
        {
            _pairs.Add($"{name}={Uri.EscapeDataString(value)}");
        }

        return this;
    }

    /// <summary>Adds a number, if there is one.</summary>
    public ApiQuery Add(string name, long? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    /// <summary>The same parameters, to add others to.</summary>
    public ApiQuery Copy()
    {
        ApiQuery copy = new();
        copy._pairs.AddRange(_pairs);
        return copy;
    }

    /// <inheritdoc/>
    public override string ToString() => _pairs.Count == 0 ? "" : "?" + string.Join('&', _pairs);
}
