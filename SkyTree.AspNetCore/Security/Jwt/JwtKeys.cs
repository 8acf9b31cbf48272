using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace SkyTree.AspNetCore.Security.Jwt;

/// <summary>The keys that tokens are checked with.</summary>
internal sealed class JwtKeys : IDisposable
{
    private const int LargestKeySet = 1024 * 1024;
    private const int ShortestSecret = 32;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(10);

    private readonly JwtOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HttpClient? _http;
    private readonly SemaphoreSlim _fetching = new(1, 1);
    private volatile IReadOnlyList<SecurityKey> _keys = [];
    private long _fetchedAt; // guarded by _fetching; 0: never

    public JwtKeys(JwtOptions options, TimeProvider time, ILogger logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
        if (options.KeyPath.Length > 0)
        {
            _keys = Read(options.KeyPath);
        }
        else
        {
            _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
            {
                Timeout = s_patience,
                MaxResponseContentBufferSize = LargestKeySet,
            };
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It holds no key.</exception>
    public static IReadOnlyList<SecurityKey> Read(string path)
    {
        string text = File.ReadAllText(path).Trim();
        try
        {
            if (text.StartsWith('{'))
            {
                return Usable(new JsonWebKeySet(text));
            }

            if (text.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
            {
                return [new X509SecurityKey(X509Certificate2.CreateFromPem(text))];
            }

            if (text.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            {
                throw new InvalidDataException("it is a private key; the broker needs the public one");
            }

            if (text.Contains("-----BEGIN", StringComparison.Ordinal))
            {
                return [ReadPublicKey(text)];
            }
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new InvalidDataException(exception.Message, exception);
        }

        byte[] secret = Encoding.UTF8.GetBytes(text);
        return secret.Length >= ShortestSecret ? [new SymmetricSecurityKey(secret)] : throw new InvalidDataException($"a secret has at least {ShortestSecret} bytes");
    }

    /// <summary>The keys now; null: they cannot be had.</summary>
    /// <param name="again">Whether those there are did not do: they are fetched again, at most every ten seconds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<IReadOnlyList<SecurityKey>?> GetAsync(bool again, CancellationToken cancellationToken)
    {
        if (_http is null)
        {
            return _keys;
        }

        if (!again && _keys.Count > 0 && Age() < TimeSpan.FromSeconds(_options.RefreshSeconds))
        {
            return _keys;
        }

        await _fetching.WaitAsync(cancellationToken);
        try
        {
            if (_fetchedAt != 0 && Age() < s_retry)
            {
                return _keys.Count > 0 ? _keys : null; // somebody has just tried
            }

            Volatile.Write(ref _fetchedAt, _time.GetTimestamp());
            _keys = Usable(new JsonWebKeySet(await _http.GetStringAsync(_options.JwksUrl, cancellationToken)));
        }
        catch (Exception exception) when (exception is HttpRequestException or ArgumentException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            Log.NoKeySet(_logger, _options.JwksUrl, exception.Message);
        }
        finally
        {
            _fetching.Release();
        }

        return _keys.Count > 0 ? _keys : null;
    }

    public void Dispose()
    {
        _http?.Dispose();
        _fetching.Dispose();
    }

    private TimeSpan Age() => _time.GetElapsedTime(Volatile.Read(ref _fetchedAt));

    // A key set that anybody may fetch has no secrets in it: a symmetric key there would let everybody sign.
    private static IReadOnlyList<SecurityKey> Usable(JsonWebKeySet set) => [.. set.GetSigningKeys().Where(key => key is not SymmetricSecurityKey)];

    private static AsymmetricSecurityKey ReadPublicKey(string pem)
    {
        RSA rsa = RSA.Create();
        try
        {
            rsa.ImportFromPem(pem);
            return new RsaSecurityKey(rsa);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            rsa.Dispose();
        }

        ECDsa ecdsa = ECDsa.Create();
        ecdsa.ImportFromPem(pem);
        return new ECDsaSecurityKey(ecdsa);
    }
}
