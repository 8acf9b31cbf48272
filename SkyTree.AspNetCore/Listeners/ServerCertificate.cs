using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SkyTree.AspNetCore.Configuration;

namespace SkyTree.AspNetCore.Listeners;

/// <summary>
/// The TLS side of one listener: its certificate and the authorities of its clients. Looks now and then whether the
/// files have changed; handshakes from then on use the new ones, and connections that are there stay. New files that
/// cannot be used are reported and the old ones kept.
/// </summary>
internal sealed class ServerCertificate : IDisposable
{
    private readonly ListenerOptions _options;
    private readonly string _key;
    private readonly ITimer? _timer;

    // Written by the constructor and by the timer alone, which does not overlap itself.
    private volatile TlsMaterial _current;
    private byte[] _fingerprint;

    private ILogger? _logger;
    private int _isChecking;

    private ServerCertificate(string key, ListenerOptions options, TimeProvider timeProvider)
    {
        _key = key;
        _options = options;
        _fingerprint = Fingerprint();
        _current = Load();
        if (options.Certificate!.ReloadSeconds > 0)
        {
            TimeSpan period = TimeSpan.FromSeconds(options.Certificate.ReloadSeconds);
            _timer = timeProvider.CreateTimer(static self => ((ServerCertificate)self!).Check(), this, period, period);
        }
    }

    /// <summary>When the certificate that is used expires.</summary>
    public DateTimeOffset ExpiresAt => new(_current.Certificate.TargetCertificate.NotAfter.ToUniversalTime());

    /// <summary>Why files that have changed are not used; null: they are.</summary>
    public string? ReloadError { get; private set; } // written by the timer

    /// <summary>What the next handshake uses.</summary>
    public SslServerAuthenticationOptions ForHandshake()
    {
        TlsMaterial current = _current;
        SslServerAuthenticationOptions options = new()
        {
            ServerCertificateContext = current.Certificate,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            // MQTT clients offer all kinds of protocol names, or none: they are not looked at.
            ApplicationProtocols = _options.IsHttp ? [SslApplicationProtocol.Http11] : [],
        };
        if (_options.ClientCertificate != ClientCertificates.None)
        {
            RequestClientCertificate(options, current.Authorities);
        }

        return options;
    }

    /// <summary>Null when it cannot be used; the reason is then among the errors.</summary>
    public static ServerCertificate? TryLoad(string key, ListenerOptions options, TimeProvider timeProvider, ConfigurationErrors errors)
    {
        try
        {
            return new ServerCertificate(key, options, timeProvider);
        }
        catch (Exception exception) when (IsUnusable(exception))
        {
            errors.Add($"{key}:Certificate", $"'{options.Certificate!.Path}' cannot be used: {exception.Message}");
            return null;
        }
    }

    /// <summary>Certificates are read before there is a log; this is told where it is.</summary>
    public void LogTo(ILogger logger) => _logger = logger;

    public void Dispose() => _timer?.Dispose();

    private static bool IsUnusable(Exception exception)
        => exception is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException or AuthenticationException;

    private void Check()
    {
        if (Interlocked.Exchange(ref _isChecking, 1) != 0)
        {
            return;
        }

        try
        {
            byte[] fingerprint = Fingerprint();
            if (!fingerprint.AsSpan().SequenceEqual(_fingerprint))
            {
                // Remembered also when it cannot be used, so that it is reported once and tried again after the next change.
                _fingerprint = fingerprint;
                _current = Load();
                ReloadError = null;
                LogReloaded(_key, _options.Certificate!.Path);
            }
        }
        catch (Exception exception) when (IsUnusable(exception))
        {
            ReloadError = exception.Message;
            LogKept(_key, _options.Certificate!.Path, exception.Message);
        }
        finally
        {
            Volatile.Write(ref _isChecking, 0);
        }
    }

    /// <summary>A hash of the files' bytes: times of change are coarse, and links to them may be swapped.</summary>
    private byte[] Fingerprint()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        CertificateOptions certificate = _options.Certificate!;
        foreach (string path in new[] { certificate.Path, certificate.KeyPath, certificate.PasswordPath, _options.ClientCertificateAuthorities })
        {
            if (path.Length > 0)
            {
                hash.AppendData(File.Exists(path) ? SHA256.HashData(File.ReadAllBytes(path)) : [0]);
            }
        }

        return hash.GetHashAndReset();
    }

    private TlsMaterial Load()
    {
        X509Certificate2Collection chain = CertificateFiles.Load(_options.Certificate!);
        X509Certificate2Collection authorities = [];
        if (_options.ClientCertificate != ClientCertificates.None)
        {
            authorities.ImportFromPemFile(_options.ClientCertificateAuthorities);
            if (authorities.Count == 0)
            {
                throw new CryptographicException($"'{_options.ClientCertificateAuthorities}' holds no certificate");
            }
        }

        return new TlsMaterial(SslStreamCertificateContext.Create(chain[0], chain, offline: true), authorities);
    }

    private void RequestClientCertificate(SslServerAuthenticationOptions options, X509Certificate2Collection authorities)
    {
        // A policy holds the time of its making and collects what the peer sent, so each handshake has its own.
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.2", "Client Authentication"));
        policy.CustomTrustStore.AddRange(authorities);
        bool isRequired = _options.ClientCertificate == ClientCertificates.Required;
        options.ClientCertificateRequired = true;
        options.CertificateChainPolicy = policy;
        options.RemoteCertificateValidationCallback = (_, certificate, _, problems)
            => certificate is null ? !isRequired : problems == SslPolicyErrors.None;
    }

    private void LogReloaded(string listener, string path)
    {
        if (_logger is { } logger)
        {
            Log.CertificateReloaded(logger, listener, path);
        }
    }

    private void LogKept(string listener, string path, string reason)
    {
        if (_logger is { } logger)
        {
            Log.CertificateKept(logger, listener, path, reason);
        }
    }

    /// <param name="Certificate">The server's own, with its intermediates.</param>
    /// <param name="Authorities">Who may have issued the certificates of clients.</param>
    private sealed record TlsMaterial(SslStreamCertificateContext Certificate, X509Certificate2Collection Authorities);
}
