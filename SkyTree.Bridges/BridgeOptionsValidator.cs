using System.Text;
using SkyTree.Core.Admin.Bridges;
using SkyTree.Core.Protocol;
using SkyTree.Core.Subscriptions;

namespace SkyTree.Bridges;

/// <summary>Checks what a single value's type and range cannot say.</summary>
internal static class BridgeOptionsValidator
{
    private const int LongestName = 64;

    /// <summary>Checks a bridge.</summary>
    /// <param name="key">Where it is configured, such as <c>SkyTree:Bridges:plant</c>.</param>
    /// <param name="name">Its name.</param>
    /// <param name="options">The bridge.</param>
    /// <param name="add">Is told each mistake: the option's full name, and what is wrong in one line.</param>
    public static void Validate(string key, string name, BridgeOptions options, Action<string, string> add)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(add);
        if (!options.Enabled)
        {
            return;
        }

        if (name.Length > LongestName || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
        {
            add(key, $"a bridge's name consists of up to {LongestName} letters, digits, '-', '_' and '.'");
        }

        if (BridgeAddress.TryParse(options.Server, out BridgeAddress? address, out string? problem))
        {
            ValidateTls(key, options, address.IsSecure, add);
        }
        else
        {
            add($"{key}:Server", problem);
        }

        if (options.ProtocolVersion is not ("5" or "5.0" or "3.1.1"))
        {
            add($"{key}:ProtocolVersion", $"'{options.ProtocolVersion}' is neither 5 nor 3.1.1");
        }

        ValidateCredentials(key, options, add);
        if (options.Topics.Count == 0)
        {
            add($"{key}:Topics", "there is no topic to pass on");
        }

        for (int i = 0; i < options.Topics.Count; i++)
        {
            ValidateTopic($"{key}:Topics:{i}", options.Topics[i], add);
        }
    }

    private static void ValidateCredentials(string key, BridgeOptions options, Action<string, string> add)
    {
        bool hasPassword = options.Password.Length > 0 || options.PasswordPath.Length > 0;
        if (options.Password.Length > 0 && options.PasswordPath.Length > 0)
        {
            add($"{key}:PasswordPath", "there is a Password already");
        }

        if (hasPassword && options.UserName.Length == 0)
        {
            add($"{key}:UserName", "a password needs a user name");
        }

        RequireFile($"{key}:PasswordPath", options.PasswordPath, add);
    }

    private static void ValidateTls(string key, BridgeOptions options, bool isSecure, Action<string, string> add)
    {
        BridgeCertificateOptions certificate = options.Certificate;
        if (!isSecure)
        {
            foreach ((string name, string path) in (ReadOnlySpan<(string, string)>)[("CertificateAuthorities", options.CertificateAuthorities), ("Certificate:Path", certificate.Path)])
            {
                if (path.Length > 0)
                {
                    add($"{key}:{name}", $"'{options.Server}' speaks no TLS; mqtts and wss do");
                }
            }
        }

        if (certificate.Path.Length == 0 && (certificate.KeyPath.Length > 0 || certificate.PasswordPath.Length > 0))
        {
            add($"{key}:Certificate:Path", "the certificate is missing");
        }

        RequireFile($"{key}:CertificateAuthorities", options.CertificateAuthorities, add);
        RequireFile($"{key}:Certificate:Path", certificate.Path, add);
        RequireFile($"{key}:Certificate:KeyPath", certificate.KeyPath, add);
        RequireFile($"{key}:Certificate:PasswordPath", certificate.PasswordPath, add);
    }

    private static void ValidateTopic(string key, BridgeTopicOptions topic, Action<string, string> add)
    {
        bool prefixesFit = true;
        foreach ((string name, string prefix) in (ReadOnlySpan<(string, string)>)[("LocalPrefix", topic.LocalPrefix), ("RemotePrefix", topic.RemotePrefix)])
        {
            if (prefix.Length > 0 && !TopicName.IsValid(Encoding.UTF8.GetBytes(prefix)))
            {
                add($"{key}:{name}", $"'{prefix}' is nothing that a topic name can begin with");
                prefixesFit = false;
            }
        }

        if (!prefixesFit)
        {
            return;
        }

        foreach (string filter in (ReadOnlySpan<string>)[topic.LocalPrefix + topic.Filter, topic.RemotePrefix + topic.Filter])
        {
            if (topic.Filter.Length == 0 || !TopicFilter.TryParse(filter, out TopicFilter parsed) || parsed.IsShared || filter.StartsWith("$replay/", StringComparison.Ordinal))
            {
                add($"{key}:Filter", topic.Filter.Length == 0 ? "a topic filter is needed; # is everything" : $"'{filter}' is no topic filter that a bridge can have");
                return;
            }
        }

        if (topic.Direction != BridgeDirection.Out && (topic.LocalPrefix + topic.Filter).StartsWith("$SYS", StringComparison.Ordinal))
        {
            add($"{key}:LocalPrefix", "$SYS and below is what the broker says of itself; topics from elsewhere need another prefix here");
        }
    }

    private static void RequireFile(string key, string path, Action<string, string> add)
    {
        if (path.Length > 0 && !File.Exists(path))
        {
            add(key, $"file '{path}' does not exist");
        }
    }
}
