using System.Security.Cryptography;
using SkyTree.AspNetCore.Api.Authentication;
using SkyTree.Core.Admin;

namespace SkyTree.AspNetCore.Api.Http;

/// <summary>
/// Answers a POST that is repeated with its <c>Idempotency-Key</c> as the first time, without doing it again. Kept in this
/// node's memory, of each caller apart, for six hours and within bounds: a repeat belongs to the same node.
/// </summary>
internal sealed class IdempotencyKeys(TimeProvider time)
{
    /// <summary>The header.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>Set to <c>true</c> in a repeated answer.</summary>
    public const string ReplayHeader = "Idempotency-Replayed";

    private const int LongestKey = 255;
    private const int MostAnswers = 10_000;
    private const long MostBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(6);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Caller, string Target, string Key), Answer> _answers = []; // guarded by _gate, as are the others
    private readonly Queue<((string, string, string) Of, Answer Answer)> _order = new();
    private long _bytes;

    /// <summary>Runs a request, or answers it as before.</summary>
    public async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        string key = context.Request.Headers[Header].ToString();
        if (!HttpMethods.IsPost(context.Request.Method) || key.Length == 0 || context.Features.Get<ApiSignIn>() is not { } signIn)
        {
            await next(context);
            return;
        }

        if (key.Length > LongestKey || !key.All(c => c is > ' ' and < '\u007f'))
        {
            throw new AdminException(AdminError.Invalid, "bad_idempotency_key", "An Idempotency-Key has 1 to 255 visible ASCII characters.");
        }

        context.Request.EnableBuffering();
        byte[] body = await SHA256.HashDataAsync(context.Request.Body, context.RequestAborted);
        context.Request.Body.Position = 0;
        (string, string, string) of = (signIn.Caller.Name, context.Request.Path + context.Request.QueryString, key);
        if (Begin(of, body) is { } before)
        {
            await RepeatAsync(context, before);
            return;
        }

        Answer? answer = null;
        try
        {
            answer = await CaptureAsync(context, next, body);
        }
        finally
        {
            // Before it is sent: who did not get it is who repeats.
            End(of, answer);
        }

        await context.Response.Body.WriteAsync(answer.Content, context.RequestAborted);
    }

    private Answer? Begin((string, string, string) of, byte[] body)
    {
        lock (_gate)
        {
            if (_answers.TryGetValue(of, out Answer? before) && before.At + s_lifetime > time.GetUtcNow())
            {
                return before.Body.AsSpan().SequenceEqual(body)
                    ? before.IsDone
                        ? before
                        : throw new AdminException(AdminError.Conflict, "idempotency_in_progress", "A request with this Idempotency-Key is being done.")
                    : throw new AdminException(AdminError.Conflict, "idempotency_key_reused", "This Idempotency-Key was given with another body.");
            }

            _answers[of] = new Answer(body, time.GetUtcNow());
            return null;
        }
    }

    private void End((string, string, string) of, Answer? answer)
    {
        lock (_gate)
        {
            // What has failed on the server's side may be tried again.
            if (answer is null || answer.Status >= 500)
            {
                _answers.Remove(of);
                return;
            }

            _answers[of] = answer;
            _order.Enqueue((of, answer));
            _bytes += answer.Content.Length;
            while (_order.TryPeek(out var oldest)
                && (_order.Count > MostAnswers || _bytes > MostBytes || oldest.Answer.At + s_lifetime <= time.GetUtcNow()))
            {
                _order.Dequeue();
                _bytes -= oldest.Answer.Content.Length;
                if (_answers.TryGetValue(oldest.Of, out Answer? kept) && ReferenceEquals(kept, oldest.Answer))
                {
                    _answers.Remove(oldest.Of);
                }
            }
        }
    }

    private async Task<Answer> CaptureAsync(HttpContext context, RequestDelegate next, byte[] body)
    {
        Stream client = context.Response.Body;
        using MemoryStream content = new();
        context.Response.Body = content;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = client;
        }

        HttpResponse response = context.Response;
        return new Answer(body, time.GetUtcNow())
        {
            Status = response.StatusCode,
            ContentType = response.ContentType,
            ETag = response.Headers.ETag.ToString(),
            Location = response.Headers.Location.ToString(),
            Content = content.ToArray(),
        };
    }

    private static async Task RepeatAsync(HttpContext context, Answer answer)
    {
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        context.Response.Headers[ReplayHeader] = "true";
        if (answer.ETag.Length > 0)
        {
            context.Response.Headers.ETag = answer.ETag;
        }

        if (answer.Location.Length > 0)
        {
            context.Response.Headers.Location = answer.Location;
        }

        if (answer.Content.Length > 0)
        {
            await context.Response.Body.WriteAsync(answer.Content, context.RequestAborted);
        }
    }

    private sealed record Answer(byte[] Body, DateTimeOffset At)
    {
        public int Status { get; init; }

        public string? ContentType { get; init; }

        public string ETag { get; init; } = "";

        public string Location { get; init; } = "";

        public byte[] Content { get; init; } = [];

        public bool IsDone => Status != 0;
    }
}
