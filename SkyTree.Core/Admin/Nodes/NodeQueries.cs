using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SkyTree.Core.Admin.Nodes;

/// <summary>
/// What nodes ask each other for people's sake: connections, queues and counters are on the node that has the client. Who
/// asks has judged whether the caller may; the links are the cluster's own.
/// </summary>
internal sealed class NodeQueries(Guid here)
{
    /// <summary>A question is at most so many bytes.</summary>
    public const int LargestQuestion = 256 * 1024;

    /// <summary>An answer is at most so many bytes.</summary>
    public const int LargestAnswer = 8 * 1024 * 1024;

    /// <summary>So long a node is waited for.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private readonly ConcurrentDictionary<string, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask<byte[]>>> _answers = new(StringComparer.Ordinal);
    private volatile IQuestionLinks? _links;

    /// <summary>This node; empty: there is no cluster.</summary>
    public Guid Here { get; } = here;

    /// <summary>The way to the other nodes; null: there are none. Set once the node has links.</summary>
    public IQuestionLinks? Links
    {
        get => _links;
        set => _links = value;
    }

    /// <summary>The other nodes.</summary>
    public IReadOnlyList<Guid> Others => _links?.Others ?? [];

    /// <summary>Says who answers a question. Called once for each, before anybody asks.</summary>
    /// <typeparam name="TQuestion">What is asked, as JSON.</typeparam>
    /// <typeparam name="TAnswer">What is answered, as JSON.</typeparam>
    /// <param name="name">The question's name; for ever, since nodes of other versions know it.</param>
    /// <param name="answer">Answers it.</param>
    public void Answer<TQuestion, TAnswer>(string name, Func<TQuestion, CancellationToken, ValueTask<TAnswer>> answer) =>
        _answers[name] = async (body, cancellationToken) =>
            JsonSerializer.SerializeToUtf8Bytes(await answer(JsonSerializer.Deserialize<TQuestion>(body.Span, s_json)!, cancellationToken).ConfigureAwait(false), s_json);

    /// <summary>Asks a node, this one without a detour.</summary>
    /// <typeparam name="TQuestion">What is asked, as JSON.</typeparam>
    /// <typeparam name="TAnswer">What is answered, as JSON.</typeparam>
    /// <param name="node">The node.</param>
    /// <param name="name">The question's name.</param>
    /// <param name="question">The question.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AdminException">The node has refused, and says why.</exception>
    public async Task<NodeAnswer<TAnswer>> AskAsync<TQuestion, TAnswer>(Guid node, string name, TQuestion question, CancellationToken cancellationToken = default)
    {
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(question, s_json);
        byte[] nameBytes = Encoding.UTF8.GetBytes(name);
        if (1 + nameBytes.Length + body.Length > LargestQuestion || _links is not { } links)
        {
            return default;
        }

        byte[] bytes = [(byte)nameBytes.Length, .. nameBytes, .. body];
        if (await links.AskAsync(node, bytes, cancellationToken).ConfigureAwait(false) is not { Length: > 0 } answer)
        {
            return default;
        }

        try
        {
            ReadOnlyMemory<byte> content = answer[1..];
            if (answer.Span[0] == 0)
            {
                return new NodeAnswer<TAnswer>(true, JsonSerializer.Deserialize<TAnswer>(content.Span, s_json)!);
            }

            Refusal refusal = JsonSerializer.Deserialize<Refusal>(content.Span, s_json)!;
            throw new AdminException(refusal.Error, refusal.Code, refusal.Message);
        }
        catch (JsonException)
        {
            return default; // of another version
        }
    }

    /// <summary>Asks all other nodes at once.</summary>
    /// <typeparam name="TQuestion">What is asked, as JSON.</typeparam>
    /// <typeparam name="TAnswer">What is answered, as JSON.</typeparam>
    /// <returns>The answers, and who did not answer.</returns>
    public async Task<(IReadOnlyList<(Guid Node, TAnswer Answer)> Answers, IReadOnlyList<Guid> Unavailable)> AskOthersAsync<TQuestion, TAnswer>(
        string name, TQuestion question, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<Guid> others = Others;
        NodeAnswer<TAnswer>[] answers = await Task.WhenAll(others.Select(node => AskAsync<TQuestion, TAnswer>(node, name, question, cancellationToken))).ConfigureAwait(false);
        var answered = new List<(Guid, TAnswer)>();
        var unavailable = new List<Guid>();
        for (int i = 0; i < answers.Length; i++)
        {
            if (answers[i].HasAnswered)
            {
                answered.Add((others[i], answers[i].Value));
            }
            else
            {
                unavailable.Add(others[i]);
            }
        }

        return (answered, unavailable);
    }

    /// <summary>Answers another node.</summary>
    /// <param name="question">What it asks, as <see cref="AskAsync"/> has written it.</param>
    /// <param name="cancellationToken">It has given up.</param>
    public async ValueTask<ReadOnlyMemory<byte>> AnswerAsync(ReadOnlyMemory<byte> question, CancellationToken cancellationToken)
    {
        try
        {
            int length = question.Length > 0 ? question.Span[0] : 0;
            if (question.Length < 1 + length || !_answers.TryGetValue(Encoding.UTF8.GetString(question.Span.Slice(1, length)), out var answer))
            {
                return Refuse(new Refusal(AdminError.Unavailable, "not_known", "The node's version does not know this question."));
            }

            byte[] content = await answer(question[(1 + length)..], cancellationToken).ConfigureAwait(false);
            return content.Length < LargestAnswer
                ? (byte[])[0, .. content]
                : Refuse(new Refusal(AdminError.LimitExceeded, "answer_too_large", "The answer is too large; ask for less at once."));
        }
        catch (AdminException exception)
        {
            return Refuse(new Refusal(exception.Error, exception.Code, exception.Message));
        }
        catch (JsonException exception)
        {
            return Refuse(new Refusal(AdminError.Invalid, "not_understood", exception.Message));
        }
    }

    private static byte[] Refuse(Refusal refusal) => [1, .. JsonSerializer.SerializeToUtf8Bytes(refusal, s_json)];

    private sealed record Refusal(AdminError Error, string Code, string Message);
}

/// <summary>What a node has answered.</summary>
/// <typeparam name="T">The answer's type.</typeparam>
/// <param name="HasAnswered">False: it is away.</param>
/// <param name="Value">The answer; nothing if it is away.</param>
internal readonly record struct NodeAnswer<T>(bool HasAnswered, T Value);
