using System.Net;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Storage;
using SkyTree.Cluster;
using SkyTree.Cluster.Security;

namespace SkyTree.AspNetCore.Clustering;

/// <summary>Checks a node's options before anything is touched.</summary>
internal static class ClusterValidator
{
    private const string Key = "SkyTree:Cluster";

    public static void Validate(SkyTreeOptions options, ConfigurationErrors errors)
    {
        ClusterOptions cluster = options.Cluster;
        if (!cluster.Enabled)
        {
            return;
        }

        ValidateStore(options.Store, errors);

        if (cluster.Name.Length == 0)
        {
            errors.Add($"{Key}:Name", "a name is needed");
        }

        if (Uri.CheckHostName(cluster.Address) is UriHostNameType.Unknown or UriHostNameType.Basic || (IPAddress.TryParse(cluster.Address, out IPAddress? own) && (own.Equals(IPAddress.Any) || own.Equals(IPAddress.IPv6Any))))
        {
            errors.Add($"{Key}:Address", $"'{cluster.Address}' is not an address or DNS name at which the other nodes reach this one");
        }

        if (cluster.BindAddress.Length > 0 && !IPAddress.TryParse(cluster.BindAddress, out _))
        {
            errors.Add($"{Key}:BindAddress", $"'{cluster.BindAddress}' is not an IP address");
        }

        if (cluster.ServerReference.Length > 0)
        {
            ValidateEndPoint(cluster.ServerReference, $"{Key}:ServerReference", errors);
        }

        if (cluster.LogPort == cluster.PeerPort)
        {
            errors.Add($"{Key}:PeerPort", "must be another one than LogPort");
        }

        ValidateSeeds(cluster, errors);
        ValidateSecret(cluster, errors);
    }

    private static void ValidateStore(StoreSettings store, ConfigurationErrors errors)
    {
        string? reason = store.Provider switch
        {
            StoreProvider.Sqlite => "is a file, which several machines cannot write",
            StoreProvider.Memory => "keeps nothing that another node could go on from",
            _ => null,
        };
        if (reason is not null)
        {
            errors.Add("SkyTree:Store:Provider", $"{store.Provider} {reason}; a cluster's messages are in {nameof(StoreProvider.RocksDb)}, {nameof(StoreProvider.MySql)} or {nameof(StoreProvider.Redis)}");
        }

        if (store.MigrateFrom.Provider is { } from)
        {
            errors.Add("SkyTree:Store:MigrateFrom", $"a cluster does not move messages from one store to another; move them from {from} with the cluster switched off, before");
        }
    }

    private static void ValidateEndPoint(string text, string key, ConfigurationErrors errors)
    {
        try
        {
            ClusterNode.ParseEndPoint(text);
        }
        catch (FormatException exception)
        {
            errors.Add(key, exception.Message);
        }
    }

    private static void ValidateSeeds(ClusterOptions cluster, ConfigurationErrors errors)
    {
        for (int i = 0; i < cluster.Seeds.Count; i++)
        {
            ValidateEndPoint(cluster.Seeds[i], $"{Key}:Seeds:{i}", errors);
        }

        if (cluster.Start != ClusterStart.Seed)
        {
            return;
        }

        if (cluster.Seeds.Distinct(StringComparer.OrdinalIgnoreCase).Count() is not (1 or 3))
        {
            errors.Add($"{Key}:Seeds", $"a cluster begins with one or three nodes, not with {cluster.Seeds.Count}; more cannot vote, and two are no safer than one");
        }
        else if (!cluster.Seeds.Contains($"{cluster.Address}:{cluster.LogPort}", StringComparer.OrdinalIgnoreCase))
        {
            errors.Add($"{Key}:Seeds", $"this node, {cluster.Address}:{cluster.LogPort}, is not among them");
        }
    }

    private static void ValidateSecret(ClusterOptions cluster, ConfigurationErrors errors)
    {
        if (cluster.CertificatePath.Length > 0)
        {
            foreach ((string name, string path) in new[] { ("CertificatePath", cluster.CertificatePath), ("KeyPath", cluster.KeyPath), ("AuthorityPath", cluster.AuthorityPath) })
            {
                if (path.Length == 0 ? name == "KeyPath" : !File.Exists(path))
                {
                    errors.Add($"{Key}:{name}", path.Length == 0 ? "is needed with a certificate" : $"'{path}' is not there");
                }
            }

            return;
        }

        if (cluster.SecretPath.Length > 0 && !File.Exists(cluster.SecretPath))
        {
            errors.Add($"{Key}:SecretPath", $"'{cluster.SecretPath}' is not there");
        }
        else if (cluster.SecretPath.Length == 0 && cluster.Secret.Length < ClusterCertificate.MinimumSecretLength)
        {
            errors.Add($"{Key}:Secret", $"a secret of at least {ClusterCertificate.MinimumSecretLength} characters is needed, the same on all nodes; for example: openssl rand -base64 32");
        }
    }
}
