using System.Text;

namespace SkyTree.Cli.Connection;

/// <summary>Paths below <c>/api/v1/</c>.</summary>
internal static class ApiPath
{
    /// <summary>A path with names in it, whatever they hold.</summary>
    /// <param name="format">Such as <c>users/{0}/password</c>.</param>
    /// <param name="names">What goes into it.</param>
    /// <exception cref="CliException">A path cannot say a name.</exception>
    public static string Of(string format, params string[] names) => string.Format(
        System.Globalization.CultureInfo.InvariantCulture,
        CompositeFormat.Parse(format),
        [.. names.Select(name => name is "" or "." or ".."
            ? throw CliException.Usage($"'{name}' cannot be said in the path of a request")
            : Uri.EscapeDataString(name))]);
}
