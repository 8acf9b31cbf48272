using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace SkyTree.Sinks.Webhooks;

/// <summary>
/// Posts a batch as a JSON array. An answer of 200 to 299 means: written. 401, 403, 404, 407, 408, 425, 429, 500 and above, a redirection
/// and no answer mean: not now. Any other answer means: never.
/// </summary>
internal sealed class WebhookSink : ISink
{
    /// <summary>The header that names the batch, the same whenever it is tried again.</summary>
    public const string BatchHeader = "Idempotency-Key";

    /// <summary>The header with the sink's name.</summary>
    public const string SinkHeader = "X-SkyTree-Sink";

    private const int LongestReason = 200;

    private readonly WebhookOptions _options;
    private readonly TimeProvider _time;
    private readonly Uri _url;
    private readonly string _secret;
    private readonly string _authorization;
    private readonly HttpClient _http;

    /// <summary>Creates one.</summary>
    /// <param name="options">Its options; validated by the caller.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IOException">A file with a secret cannot be read.</exception>
    public WebhookSink(WebhookOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _time = time;
        _url = new Uri(options.Url);
        _secret = SecretFile.Read(options.Secret, options.SecretPath);
        _authorization = SecretFile.Read("", options.AuthorizationPath);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // what is posted is for this server alone
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5), // so that a changed address of the server is seen
        })
        {
            Timeout = Timeout.InfiniteTimeSpan, // the caller has one
        };
    }

    /// <inheritdoc/>
    public string Target => _url.GetLeftPart(UriPartial.Path);

    /// <inheritdoc/>
    public async ValueTask WriteAsync(SinkBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using HttpRequestMessage request = Request(batch);
        using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        string reason = await ReasonAsync(response, cancellationToken).ConfigureAwait(false);
        throw IsFinal(response.StatusCode)
            ? new SinkRejectedException(reason)
            : new SinkUnavailableException(reason) { RetryAfter = RetryAfter(response.Headers.RetryAfter) };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return default;
    }

    // What somebody can mend at the server or in the configuration is not the messages' fault.
    private static bool IsFinal(HttpStatusCode status) => (int)status is >= 400 and < 500 && status is not (
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.ProxyAuthenticationRequired
        or HttpStatusCode.RequestTimeout or (HttpStatusCode)425 or HttpStatusCode.TooManyRequests);

    private HttpRequestMessage Request(SinkBatch batch)
    {
        var body = new ArrayBufferWriter<byte>(); // a request that was given up may still be sent from the last one
        using (Utf8JsonWriter json = SinkMessageJson.CreateWriter(body))
        {
            json.WriteStartArray();
            foreach (SinkMessage message in batch.Messages)
            {
                SinkMessageJson.Write(json, message);
            }

            json.WriteEndArray();
        }

        var request = new HttpRequestMessage(HttpMethod.Post, _url)
        {
            Content = new ReadOnlyMemoryContent(body.WrittenMemory) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
        request.Headers.Add(BatchHeader, batch.Id);
        request.Headers.Add(SinkHeader, batch.Sink);
        foreach ((string name, string value) in _options.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (_authorization.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("Authorization", _authorization);
        }

        if (_secret.Length > 0)
        {
            request.Headers.Add(WebhookSignature.Header, WebhookSignature.Create(_secret, _time.GetUtcNow(), body.WrittenSpan));
        }

        return request;
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header) => header?.Delta ?? (header?.Date is { } date ? date - _time.GetUtcNow() : null);

    // The beginning of what the server says, in one line: it is shown to people.
    private static async Task<string> ReasonAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        string status = string.Create(CultureInfo.InvariantCulture, $"the server answers {(int)response.StatusCode}");
        byte[] start = new byte[LongestReason];
        try
        {
            await using Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            int length = await body.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            string text = new([.. Encoding.UTF8.GetString(start, 0, length).Where(letter => !char.IsControl(letter))]);
            return text.Trim() is { Length: > 0 } said ? $"{status}: {said}" : status;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return status;
        }
    }
}
