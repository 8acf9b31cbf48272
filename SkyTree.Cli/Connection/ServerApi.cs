using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Connection;

/// <summary>The HTTP API of a server.</summary>
internal sealed class ServerApi : IDisposable
{
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;

    private ServerApi(HttpClient http, ServerTarget target) => (_http, Target) = (http, target);

    /// <summary>Which server, and who asks.</summary>
    public ServerTarget Target { get; }

    /// <summary>Reaches for a server when it is asked for something.</summary>
    /// <exception cref="CliException">The file of certificates holds none.</exception>
    public static ServerApi Create(ServerTarget target)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false, // nobody but the server that was named is shown who asks
            UseCookies = false,
            UseProxy = !target.Server.IsLoopback,
            ConnectTimeout = s_connectTimeout,
            SslOptions = Trust(target),
        };
        HttpClient http = new(handler) { BaseAddress = new Uri(target.Server, "api/v1/"), Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = target.Credentials;
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("skytree", typeof(ServerApi).Assembly.GetName().Version?.ToString(3)));
        return new ServerApi(http, target);
    }

    /// <summary>Asks.</summary>
    /// <exception cref="CliException">The server has refused, or cannot be reached.</exception>
    public Task<JsonNode?> GetAsync(string path, CancellationToken cancellationToken, ApiQuery? query = null) =>
        SendAsync(HttpMethod.Get, path + query, cancellationToken);

    /// <summary>Has something done.</summary>
    /// <param name="method">The method.</param>
    /// <param name="path">The path below <c>/api/v1/</c>, and its parameters.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="body">JSON; null: none.</param>
    /// <returns>The answer; null: it has none.</returns>
    /// <exception cref="CliException">The server has refused, or cannot be reached.</exception>
    public async Task<JsonNode?> SendAsync(HttpMethod method, string path, CancellationToken cancellationToken, JsonNode? body = null)
    {
        using StringContent? content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        return await SendAsync(method, path, content, takesLong: false, cancellationToken);
    }

    /// <summary>The same with any body, or for what may take as long as it takes.</summary>
    /// <inheritdoc cref="SendAsync(HttpMethod, string, CancellationToken, JsonNode?)"/>
    public async Task<JsonNode?> SendAsync(HttpMethod method, string path, HttpContent? content, bool takesLong, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(takesLong ? Timeout.InfiniteTimeSpan : Target.Timeout);
        return await ReachAsync(
            async () =>
            {
                using HttpRequestMessage request = new(method, path) { Content = content };
                using HttpResponseMessage response = await _http.SendAsync(request, deadline.Token);
                await Problem.ThrowIfRefusedAsync(response, deadline.Token);
                string text = await response.Content.ReadAsStringAsync(deadline.Token);
                try
                {
                    return text.Length == 0 ? null : JsonNode.Parse(text);
                }
                catch (JsonException)
                {
                    throw CliException.Unreachable($"what answers at {Target.Server} is no SkyTree");
                }
            },
            cancellationToken);
    }

    /// <summary>An answer as it comes.</summary>
    /// <exception cref="CliException">The server has refused, or cannot be reached.</exception>
    public async Task<HttpResponseMessage> OpenAsync(string path, CancellationToken cancellationToken, params (string Name, string Value)[] headers)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Target.Timeout);
        return await ReachAsync(
            async () =>
            {
                using HttpRequestMessage request = new(HttpMethod.Get, path);
                foreach ((string name, string value) in headers)
                {
                    request.Headers.Add(name, value);
                }

                HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
                await Problem.ThrowIfRefusedAsync(response, deadline.Token);
                return response;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<T> ReachAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        try
        {
            return await ask();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw CliException.Unreachable($"{Target.Server} does not answer within {Target.Timeout.TotalSeconds:F0} s");
        }
        catch (Exception exception) when (exception is HttpRequestException or HttpIOException or AuthenticationException)
        {
            throw CliException.Unreachable($"{Target.Server} cannot be reached: {(exception.InnerException is AuthenticationException inner ? inner : exception).Message}", exception);
        }
    }

    private static SslClientAuthenticationOptions Trust(ServerTarget target)
    {
        SslClientAuthenticationOptions options = new();
        if (target.IsInsecure)
        {
#pragma warning disable CA5359 // that is what the option is called
            options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (target.CaFile is { } file)
        {
            X509ChainPolicy policy = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            try
            {
                policy.CustomTrustStore.ImportFromPemFile(file);
            }
            catch (CryptographicException exception)
            {
                throw CliException.Usage($"--ca-file: {Cells.Printable(file)} holds no certificate in PEM: {exception.Message}");
            }

            options.CertificateChainPolicy = policy.CustomTrustStore.Count > 0 ? policy : throw CliException.Usage($"--ca-file: {file} holds no certificate in PEM");
        }

        return options;
    }
}
