using System.Globalization;
using System.Text;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Listeners;
using SkyTree.Core.Listeners;

namespace SkyTree.Web.Commands;

/// <summary>Says what the options come to, once they are known to be right. Touches no port and no data.</summary>
internal static class CheckCommand
{
    /// <summary>One line for each enabled listener, and one for the cluster.</summary>
    /// <exception cref="StartUpException">A certificate cannot be read.</exception>
    public static string Describe(SkyTreeOptions options)
    {
        ConfigurationErrors errors = new();
        StringBuilder text = new();
        foreach ((string name, ListenerOptions listener) in options.Listeners.Where(pair => pair.Value.Enabled).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (listener.IsSecure)
            {
                ServerCertificate.TryLoad($"SkyTree:Listeners:{name}", listener, TimeProvider.System, errors)?.Dispose();
            }

            text.AppendLine(CultureInfo.InvariantCulture, $"listener {name}: {listener.Kind} {listener.Address}:{listener.EffectivePort}{(listener.Web ? ", pages" : "")}");
        }

        errors.ThrowIfAny();
        text.AppendLine(CultureInfo.InvariantCulture, $"data: {options.Data}, messages in {options.Store.Provider}");
        if (options.Cluster is { Enabled: true } cluster)
        {
            string first = string.Concat(cluster.Seeds.Select(seed => $" {seed}"));
            text.AppendLine(CultureInfo.InvariantCulture, $"cluster {cluster.Name}: node {cluster.Address}:{cluster.LogPort}, links at {cluster.PeerPort}, {cluster.Start}{first}");
        }

        return text.Append("the options are right").ToString();
    }
}
