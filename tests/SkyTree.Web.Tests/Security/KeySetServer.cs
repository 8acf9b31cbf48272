using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SkyTree.Web.Tests.Security;

/// <summary>An issuer of tokens: an HTTP server with the public halves of its keys, and tokens that they have signed.</summary>
internal sealed class KeySetServer : IAsyncDisposable
{
    public const string Issuer = "https://issuer.example";
    public const string Audience = "mqtt";

    private readonly List<RSA> _made = [];
    private readonly int _port;
    private WebApplication? _app;
    private volatile string _answer = """{"keys":[]}""";
    private volatile int _status = 200;
    private int _asked; // interlocked

    private KeySetServer(int port) => _port = port;

    /// <summary>How often it was asked.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public string Url => $"http://127.0.0.1:{_port}/keys";

    public static async Task<KeySetServer> StartAsync()
    {
        WebApplication app = Build(0, new KeySetServer(0), out _);
        await app.StartAsync();
        int port = new Uri(app.Urls.Single()).Port;
        await app.DisposeAsync(); // it must be there again under the same address after it was away
        KeySetServer server = new(port);
        await server.ReturnAsync();
        return server;
    }

    /// <summary>It is away: nobody listens.</summary>
    public async Task GoAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.DisposeAsync();
        }
    }

    /// <summary>It is back.</summary>
    public Task ReturnAsync()
    {
        _app = Build(_port, this, out Task started);
        return started;
    }

    /// <summary>What it answers from now on instead of keys.</summary>
    public void Answer(int status, string answer) => (_status, _answer) = (status, answer);

    /// <summary>Makes a key and gives out these keys alone from now on.</summary>
    /// <param name="id">The key's identifier.</param>
    /// <param name="keep">Keys from before that are given out, too.</param>
    public RSA Rotate(string id, params (string Id, RSA Key)[] keep)
    {
        RSA key = RSA.Create(2048);
        _made.Add(key);
        Answer(200, JsonSerializer.Serialize(new { keys = keep.Append((id, key)).Select(pair => Jwk(pair.Item1, pair.Item2)) }));
        return key;
    }

    /// <summary>A token for <c>ada</c>.</summary>
    public static string Token(string id, RSA key, TimeSpan? lifetime = null, string userName = "ada")
    {
        string signed = $"{Part(new { alg = "RS256", typ = "JWT", kid = id })}.{Part(new { iss = Issuer, aud = Audience, sub = userName, exp = DateTimeOffset.UtcNow.Add(lifetime ?? TimeSpan.FromMinutes(5)).ToUnixTimeSeconds() })}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(System.Text.Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    public async ValueTask DisposeAsync()
    {
        await GoAsync();
        _made.ForEach(key => key.Dispose());
    }

    private static object Jwk(string id, RSA key)
    {
        RSAParameters part = key.ExportParameters(includePrivateParameters: false);
        return new { kty = "RSA", use = "sig", kid = id, n = Base64Url.EncodeToString(part.Modulus), e = Base64Url.EncodeToString(part.Exponent) };
    }

    private static string Part(object value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));

    private static WebApplication Build(int port, KeySetServer server, out Task started)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<KestrelServerOptions>(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        WebApplication app = builder.Build();
        app.MapGet("/keys", () =>
        {
            Interlocked.Increment(ref server._asked);
            return Results.Text(server._answer, "application/json", statusCode: server._status);
        });
        started = port == 0 ? Task.CompletedTask : app.StartAsync();
        return app;
    }
}
