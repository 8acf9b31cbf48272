using System.Net;
using System.Text;
using System.Text.Json;
using SkyTree.AspNetCore.Security.Jwt;
using SkyTree.Core.Security;
using SkyTree.Core.Security.Access;

namespace SkyTree.AspNetCore.Security.Http;

/// <summary>
/// Asks a service, by POST, with what the client shows. It answers 200 and <c>{"result":"allow"|"deny"|"ignore"}</c>, with allow also
/// <c>userName</c>, <c>groups</c> and <c>acl</c> as in a token. Any other answer, or none in time, is no admission.
/// </summary>
internal sealed class HttpAuthenticator : IAuthenticator, IDisposable
{
    private const int LargestAnswer = 64 * 1024;

    private readonly HttpAuthenticationOptions _options;
    private readonly ILogger _logger;
    private readonly HttpClient _http;
    private readonly Turns _turns;

    public HttpAuthenticator(HttpAuthenticationOptions options, ILogger<HttpAuthenticator> logger)
    {
        _options = options;
        _logger = logger;
        _turns = new Turns(options.Concurrency, options.MaximumWaiting);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // what the client shows is for this service alone
            UseCookies = false,
            MaxConnectionsPerServer = options.Concurrency,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        {
            Timeout = TimeSpan.FromMilliseconds(options.TimeoutMilliseconds),
            MaxResponseContentBufferSize = LargestAnswer,
        };
        if (options.AuthorizationPath.Length > 0)
        {
            _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", File.ReadLines(options.AuthorizationPath).FirstOrDefault()?.Trim() ?? "");
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _turns.Dispose();
    }

    public async ValueTask<AuthenticationVerdict> AuthenticateAsync(AuthenticationRequest request, CancellationToken cancellationToken)
    {
        byte[] question = Question(request); // before anything waits: the password's buffer is not ours
        if (!await _turns.TryEnterAsync(cancellationToken))
        {
            return AuthenticationVerdict.Unavailable;
        }

        try
        {
            using ByteArrayContent content = new(question);
            content.Headers.ContentType = new("application/json");
            using HttpResponseMessage response = await _http.PostAsync(_options.Url, content, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                Log.HttpFailed(_logger, $"it answered {(int)response.StatusCode}");
                return AuthenticationVerdict.Unavailable;
            }

            using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            return Judge(request, answer.RootElement);
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or OperationCanceledException or InvalidOperationException)
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                Log.HttpFailed(_logger, exception.Message);
            }

            return AuthenticationVerdict.Unavailable;
        }
        finally
        {
            _turns.Leave();
        }
    }

    private static byte[] Question(AuthenticationRequest request) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        clientId = request.ClientId,
        userName = request.UserName,
        password = request.Password is { } password ? Encoding.UTF8.GetString(password.Span) : null,
        address = (request.RemoteEndPoint as IPEndPoint)?.Address.ToString(),
        listener = request.Listener.Name,
        certificateVerified = request.CertificateVerified,
    });

    private static AuthenticationVerdict Judge(AuthenticationRequest request, JsonElement answer)
    {
        switch (answer.GetProperty("result", ""))
        {
            case "deny":
                return AuthenticationVerdict.Refuse;
            case "ignore":
                return AuthenticationVerdict.Abstain;
            case "allow":
                break;
            default:
                return AuthenticationVerdict.Unavailable;
        }

        IReadOnlyList<AccessRule>? rules = answer.TryGetProperty("acl", out JsonElement acl) && acl.ValueKind != JsonValueKind.Null ? JwtAcl.Read(acl) : [];
        string userName = answer.GetProperty("userName", request.UserName ?? "");
        DateTimeOffset? expiresAt = null;
        if (answer.TryGetProperty("expiresAt", out JsonElement end) && end.ValueKind != JsonValueKind.Null)
        {
            if (end.ValueKind != JsonValueKind.String || !end.TryGetDateTimeOffset(out DateTimeOffset at))
            {
                return AuthenticationVerdict.Unavailable;
            }

            expiresAt = at;
        }

        if (rules is null || userName.Length > 1024 || userName.Any(char.IsControl))
        {
            return AuthenticationVerdict.Unavailable;
        }

        request.Grant = new ClientGrant
        {
            UserName = userName.Length == 0 ? null : userName,
            Groups = answer.TryGetProperty("groups", out JsonElement groups) && groups.ValueKind == JsonValueKind.Array
                ? [.. groups.EnumerateArray().Where(group => group.ValueKind == JsonValueKind.String).Select(group => group.GetString()!).Take(64)]
                : [],
            Rules = rules,
            ExpiresAt = expiresAt,
        };
        return AuthenticationVerdict.Admit;
    }
}

/// <summary>Reading of answers.</summary>
internal static class JsonAnswer
{
    /// <summary>A text; the other one where there is none.</summary>
    public static string GetProperty(this JsonElement answer, string name, string otherwise) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : otherwise;
}
