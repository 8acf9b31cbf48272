using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Formatter;

namespace SkyTree.Bridges;

/// <summary>A bridge's options as the client wants them. Files are read anew each time, so renewed passwords and certificates count.</summary>
/// <param name="name">The bridge's name.</param>
/// <param name="options">Its options; validated by the caller.</param>
internal sealed class RemoteOptions(string name, BridgeOptions options)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20); // with one answer; who publishes waits longer

    private readonly BridgeAddress _address = BridgeAddress.TryParse(options.Server, out BridgeAddress? address, out string? problem)
        ? address
        : throw new ArgumentException(problem, nameof(options));

    /// <summary>Whether messages have properties.</summary>
    public bool HasProperties { get; } = options.ProtocolVersion != "3.1.1";

    /// <summary>Messages at QoS 1 and 2 that are on their way, each way.</summary>
    public int Window => options.Window;

    /// <summary>Makes the client's options.</summary>
    /// <param name="asBridge">With 3.1.1: whether it says that it is a bridge, which mosquitto knows and others may refuse.</param>
    /// <exception cref="BridgeException">A file cannot be read.</exception>
    public MqttClientOptions Build(bool asBridge)
    {
        MqttClientOptionsBuilder builder = new MqttClientOptionsBuilder()
            .WithProtocolVersion(HasProperties ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311)
            .WithClientId(options.ClientId.Length > 0 ? options.ClientId : "skytree-" + name)
            .WithCleanSession(false)
            .WithKeepAlivePeriod(TimeSpan.FromSeconds(options.KeepAliveSeconds))
            .WithTimeout(s_patience)
            .WithTryPrivate(asBridge && !HasProperties);
        if (HasProperties)
        {
            builder.WithSessionExpiryInterval(uint.MaxValue).WithReceiveMaximum((ushort)options.Window);
        }

        if (options.UserName.Length > 0)
        {
            builder.WithCredentials(options.UserName, options.PasswordPath.Length > 0 ? FirstLine(options.PasswordPath) : options.Password.Length > 0 ? options.Password : null);
        }

        if (_address.IsWebSocket)
        {
            builder.WithWebSocketServer(server => server.WithUri(_address.Uri.AbsoluteUri));
        }
        else
        {
            builder.WithTcpServer(_address.Uri.IdnHost, _address.Uri.Port);
        }

        if (_address.IsSecure)
        {
            X509Certificate2Collection? authorities = ReadAuthorities();
            X509Certificate2? own = ReadCertificate();
            builder.WithTlsOptions(tls =>
            {
                tls.UseTls().WithRevocationMode(X509RevocationMode.NoCheck).WithCertificateValidationHandler(shown => IsTrusted(shown, authorities));
                if (own is not null)
                {
                    tls.WithClientCertificates([own]);
                }
            });
        }

        return builder.Build();
    }

    private static bool IsTrusted(MqttClientCertificateValidationEventArgs shown, X509Certificate2Collection? authorities)
    {
        if (authorities is null)
        {
            return shown.SslPolicyErrors == SslPolicyErrors.None;
        }

        if ((shown.SslPolicyErrors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false; // the name is another one, or there is no certificate
        }

        using var certificate = new X509Certificate2(shown.Certificate);
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.ExtraStore.AddRange(shown.Chain.ChainPolicy.ExtraStore);
        return chain.Build(certificate);
    }

    private X509Certificate2Collection? ReadAuthorities()
    {
        if (options.CertificateAuthorities.Length == 0)
        {
            return null;
        }

        return Read(options.CertificateAuthorities, path =>
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(path);
            return authorities.Count > 0 ? authorities : throw new InvalidDataException("there is no certificate in it");
        });
    }

    private X509Certificate2? ReadCertificate()
    {
        BridgeCertificateOptions own = options.Certificate;
        if (own.Path.Length == 0)
        {
            return null;
        }

        string? password = own.PasswordPath.Length > 0 ? FirstLine(own.PasswordPath) : null;
        string key = own.KeyPath.Length > 0 ? own.KeyPath : own.Path;
        return Read(own.Path, path =>
            System.IO.Path.GetExtension(path).ToUpperInvariant() is ".PFX" or ".P12" ? X509CertificateLoader.LoadPkcs12FromFile(path, password)
            : password is null ? X509Certificate2.CreateFromPemFile(path, key)
            : X509Certificate2.CreateFromEncryptedPemFile(path, password, key));
    }

    private static string FirstLine(string path) => Read(path, file => File.ReadLines(file).FirstOrDefault() ?? "");

    private static T Read<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or System.Security.Cryptography.CryptographicException)
        {
            throw new BridgeException($"'{path}' cannot be used: {exception.Message}", exception);
        }
    }
}
