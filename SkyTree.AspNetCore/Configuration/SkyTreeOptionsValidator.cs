using System.Net;
using SkyTree.AspNetCore.Clustering;
using SkyTree.AspNetCore.Rules;
using SkyTree.AspNetCore.Security;
using SkyTree.AspNetCore.Sinks;
using SkyTree.Bridges;
using SkyTree.Core.Listeners;
using SkyTree.Core.Security;

namespace SkyTree.AspNetCore.Configuration;

/// <summary>Checks what a single value's type and range cannot say.</summary>
internal static class SkyTreeOptionsValidator
{
    public static void Validate(SkyTreeOptions options, ConfigurationErrors errors)
    {
        if (options.Data.Length == 0)
        {
            errors.Add("SkyTree:Data", "a folder is needed");
        }
        else if (File.Exists(options.Data))
        {
            errors.Add("SkyTree:Data", $"'{options.Data}' is a file, a folder is needed");
        }

        options.Store.Validate(errors);
        options.Observability.Validate(errors);
        ClusterValidator.Validate(options, errors);
        AuthenticationValidator.Validate(options.Authentication, errors);
        UserSnapshot.FromOptions(options.Users, "SkyTree:Users", errors.Lines);

        // One that is switched off may be half configured.
        foreach ((string name, ListenerOptions listener) in options.Listeners.Where(pair => pair.Value.Enabled))
        {
            Validate($"SkyTree:Listeners:{name}", name, listener, errors);
        }

        foreach ((string name, BridgeOptions bridge) in options.Bridges)
        {
            BridgeOptionsValidator.Validate($"SkyTree:Bridges:{name}", name, bridge, errors.Add);
        }

        SinkHosting.Validate(options, errors);
        RuleHosting.Validate(options, errors);
        for (int i = 0; i < options.Http.AllowedOrigins.Count; i++)
        {
            string origin = options.Http.AllowedOrigins[i];
            if (origin != "*" && !IsOrigin(origin))
            {
                errors.Add($"SkyTree:Http:AllowedOrigins:{i}", $"'{origin}' is neither * nor an origin such as https://app.example");
            }
        }
    }

    private static void Validate(string key, string name, ListenerOptions listener, ConfigurationErrors errors)
    {
        if (!name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
        {
            errors.Add(key, "a listener's name consists of letters, digits, '-', '_' and '.'");
        }

        if (listener.Kind is ListenerKind.InProcess)
        {
            errors.Add($"{key}:Kind", $"{listener.Kind} is what clients of the program itself have; it cannot be listened on");
        }

        if (listener.Address != "*" && !IPAddress.TryParse(listener.Address, out _))
        {
            errors.Add($"{key}:Address", $"'{listener.Address}' is neither an IP address nor *");
        }

        if (listener.Web && !listener.IsHttp)
        {
            errors.Add($"{key}:Web", $"only {ListenerKind.WebSocket} and {ListenerKind.SecureWebSocket} listeners serve pages");
        }

        if (listener.IsSecure)
        {
            ValidateTls(key, listener, errors);
        }
        else
        {
            ValidatePlain(key, listener, errors);
        }

        if (listener.Limits.MaxConnectPacketSize > listener.Limits.MaxPacketSize)
        {
            errors.Add($"{key}:Limits:MaxConnectPacketSize", $"{listener.Limits.MaxConnectPacketSize} is more than MaxPacketSize, {listener.Limits.MaxPacketSize}");
        }

        ValidateProxies(key, listener, errors);
    }

    private static void ValidateTls(string key, ListenerOptions listener, ConfigurationErrors errors)
    {
        if (string.IsNullOrEmpty(listener.Certificate?.Path))
        {
            errors.Add($"{key}:Certificate:Path", $"a {listener.Kind} listener needs a certificate");
        }

        if (listener.ClientCertificate != ClientCertificates.None && listener.ClientCertificateAuthorities.Length == 0)
        {
            errors.Add($"{key}:ClientCertificateAuthorities", "client certificates need the authorities that issue them");
        }

        if (listener.CertificateSubjectAsUserName && listener.ClientCertificate == ClientCertificates.None)
        {
            errors.Add($"{key}:CertificateSubjectAsUserName", "needs ClientCertificate to be Optional or Required");
        }

        RequireFile($"{key}:Certificate:Path", listener.Certificate?.Path, errors);
        RequireFile($"{key}:Certificate:KeyPath", listener.Certificate?.KeyPath, errors);
        RequireFile($"{key}:Certificate:PasswordPath", listener.Certificate?.PasswordPath, errors);
        RequireFile($"{key}:ClientCertificateAuthorities", listener.ClientCertificateAuthorities, errors);
    }

    private static void ValidatePlain(string key, ListenerOptions listener, ConfigurationErrors errors)
    {
        string problem = $"a {listener.Kind} listener speaks no TLS";
        if (!string.IsNullOrEmpty(listener.Certificate?.Path))
        {
            errors.Add($"{key}:Certificate", problem);
        }

        if (listener.ClientCertificate != ClientCertificates.None)
        {
            errors.Add($"{key}:ClientCertificate", problem);
        }

        if (listener.CertificateSubjectAsUserName)
        {
            errors.Add($"{key}:CertificateSubjectAsUserName", problem);
        }
    }

    private static void ValidateProxies(string key, ListenerOptions listener, ConfigurationErrors errors)
    {
        for (int i = 0; i < listener.TrustedProxies.Count; i++)
        {
            if (!IPNetwork.TryParse(listener.TrustedProxies[i], out _))
            {
                errors.Add($"{key}:TrustedProxies:{i}", $"'{listener.TrustedProxies[i]}' is not a network such as 10.0.0.0/8");
            }
        }

        if (listener.TrustedProxies.Count > 0 && listener.ProxyProtocol == ProxyProtocol.Off)
        {
            errors.Add($"{key}:TrustedProxies", "needs ProxyProtocol to be Required");
        }
    }

    private static void RequireFile(string key, string? path, ConfigurationErrors errors)
    {
        if (!string.IsNullOrEmpty(path) && !File.Exists(path))
        {
            errors.Add(key, $"file '{path}' does not exist");
        }
    }

    private static bool IsOrigin(string text)
        => Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
            && uri.GetLeftPart(UriPartial.Authority).Equals(text, StringComparison.OrdinalIgnoreCase);
}
