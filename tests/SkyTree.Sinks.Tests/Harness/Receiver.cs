using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace SkyTree.Sinks.Tests.Harness;

/// <summary>A web server that messages are posted to: it keeps what it takes, and answers as the test says.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly Func<Post, Answer> _answer;
    private readonly List<Post> _taken = []; // also the lock
    private WebApplication? _app;

    public Receiver(Func<Post, Answer>? answer = null) => _answer = answer ?? (_ => Answer.Taken);

    public int Port { get; private set; }

    public string Url => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Port}/hook");

    /// <summary>All posts, those that were not taken, too, in their order.</summary>
    public ConcurrentQueue<Post> Posts { get; } = new();

    /// <summary>The messages that were taken, in their order; some may be there twice.</summary>
    public IReadOnlyList<Message> Taken
    {
        get
        {
            lock (_taken)
            {
                return [.. _taken.SelectMany(post => post.Messages)];
            }
        }
    }

    public static async Task<Receiver> StartAsync(Func<Post, Answer>? answer = null)
    {
        Receiver receiver = new(answer);
        await receiver.StartAgainAsync();
        return receiver;
    }

    /// <summary>What was taken of a topic, in order, without what is repeated.</summary>
    public IReadOnlyList<string> Of(string topic) => [.. Taken.Where(message => message.Topic == topic).DistinctBy(message => message.Id).Select(message => message.Payload!)];

    public async Task StopAsync()
    {
        await _app!.DisposeAsync();
        _app = null;
    }

    /// <summary>Starts it, again at the same port.</summary>
    public async Task StartAgainAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, Port));
        _app = builder.Build();
        ((IApplicationBuilder)_app).Run(TakeAsync);
        await _app.StartAsync();
        Port = new Uri(_app.Urls.First()).Port;
    }

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? default;

    private async Task TakeAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body);
        Post post = new(body.ToArray(), context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase));
        Posts.Enqueue(post);
        Answer answer = _answer(post);
        if (answer.Takes)
        {
            lock (_taken)
            {
                _taken.Add(post);
            }
        }

        if (answer.Status == 0)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = answer.Status;
        if (answer.RetryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        await context.Response.WriteAsync(answer.Text);
    }
}

/// <summary>What was posted.</summary>
internal sealed record Post(byte[] Body, IReadOnlyDictionary<string, string> Headers)
{
    public IReadOnlyList<Message> Messages { get; } = JsonSerializer.Deserialize<List<Message>>(Body, JsonSerializerOptions.Web)!;
}

/// <summary>A message of a post, or of a line of a file.</summary>
internal sealed record Message(string Id, string Topic, string? Payload, string? PayloadBase64, int QoS, bool Retain, long? Offset, DateTimeOffset? Time, string? ContentType);

/// <summary>What is answered, 0: nothing, and whether the messages are kept.</summary>
internal sealed record Answer(int Status, bool Takes, string Text = "", int? RetryAfter = null)
{
    public static readonly Answer Taken = new(200, true);
}
