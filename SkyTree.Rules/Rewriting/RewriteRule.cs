using System.Buffers;
using System.Globalization;
using System.Text;
using SkyTree.Core.Security;
using SkyTree.Rules.Templates;

namespace SkyTree.Rules.Rewriting;

/// <summary>A rewrite, compiled. Immutable.</summary>
internal sealed class RewriteRule
{
    private const string ClientIdName = "clientid";
    private const string UserNameName = "username";

    private readonly Part[] _parts;
    private readonly int _restWildcard; // the number of the filter's "#"; 0: it has none

    private RewriteRule(RewriteOptions options, Part[] parts)
    {
        (Options, _parts) = (options, parts);
        FilterLevels = [.. options.Filter.Split('/').Select(Encoding.UTF8.GetBytes)];
        _restWildcard = options.Filter.EndsWith('#') ? TopicLevels.CountWildcards(options.Filter) : 0;
    }

    private enum PartKind
    {
        Text,
        Wildcard,
        ClientId,
        UserName,
    }

    /// <summary>What it was made of.</summary>
    public RewriteOptions Options { get; }

    /// <summary>The levels of its filter in UTF-8.</summary>
    public byte[][] FilterLevels { get; }

    /// <summary>Makes one.</summary>
    /// <param name="options">What it is made of.</param>
    /// <param name="mistake">Is told each option that is wrong, and why.</param>
    /// <returns>Null: there was a mistake.</returns>
    public static RewriteRule? TryCreate(RewriteOptions options, Action<string, string> mistake)
    {
        bool isFine = true;
        if (!TopicLevels.IsPlainFilter(options.Filter))
        {
            mistake(nameof(options.Filter), $"'{options.Filter}' is not a plain topic filter such as old/+/state");
            isFine = false;
        }

        if (Template.TryParse(options.To, out IReadOnlyList<TemplatePart> template, out string problem))
        {
            problem = FindProblem(options, template) ?? "";
        }

        if (problem.Length > 0)
        {
            mistake(nameof(options.To), problem);
            isFine = false;
        }

        return isFine ? new RewriteRule(options, [.. template.Select(Compile)]) : null;
    }

    /// <summary>Writes the new name.</summary>
    /// <param name="client">Whose it is.</param>
    /// <param name="topic">The topic, or a filter that the rule's covers.</param>
    /// <param name="output">Gets it.</param>
    /// <returns>False when a name of the client's cannot be a level: it has none, or one with a wildcard or a separator in it.</returns>
    public bool TryWrite(ClientIdentity client, ReadOnlySpan<byte> topic, IBufferWriter<byte> output)
    {
        bool needsSlash = false; // one that is written once it is known that something follows
        foreach (Part part in _parts)
        {
            if (part.Kind == PartKind.Wildcard)
            {
                if (TryFind(topic, part.Wildcard, out ReadOnlySpan<byte> found))
                {
                    WriteSlash(ref needsSlash, output);
                    output.Write(found);
                }

                needsSlash = false; // "x/${1}" without a level is "x"
                continue;
            }

            WriteSlash(ref needsSlash, output);
            switch (part.Kind)
            {
                case PartKind.Text:
                    needsSlash = part.EndsWithSlash;
                    output.Write(part.Utf8);
                    break;
                case PartKind.ClientId when TopicLevels.IsPlain(client.ClientId):
                    Encoding.UTF8.GetBytes(client.ClientId, output);
                    break;
                case PartKind.UserName when client.UserName is { } name && TopicLevels.IsPlain(name):
                    Encoding.UTF8.GetBytes(name, output);
                    break;
                default:
                    return false;
            }
        }

        WriteSlash(ref needsSlash, output);
        return true;
    }

    private static void WriteSlash(ref bool needed, IBufferWriter<byte> output)
    {
        if (needed)
        {
            output.Write("/"u8);
            needed = false;
        }
    }

    private static string? FindProblem(RewriteOptions options, IReadOnlyList<TemplatePart> template)
    {
        int wildcards = TopicLevels.CountWildcards(options.Filter);
        foreach (TemplatePart part in template)
        {
            if (!part.IsPlaceholder && part.Text.AsSpan().ContainsAny("+#\0"))
            {
                return $"'{options.To}' has a wildcard in it; ${{1}} stands for what the filter's first one matches";
            }

            if (part.IsPlaceholder && part.Text is not (ClientIdName or UserNameName)
                && !(int.TryParse(part.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= wildcards))
            {
                return wildcards == 0
                    ? $"there is no ${{{part.Text}}}; the filter has no wildcards, so there are ${{clientid}} and ${{username}}"
                    : $"there is no ${{{part.Text}}}; there are ${{1}} to ${{{wildcards}}} for the filter's wildcards, ${{clientid}} and ${{username}}";
            }
        }

        return options.To.Length == 0 ? "a topic is needed, such as new/${1}/state"
            : options.To.StartsWith('$') && !options.To.StartsWith("${", StringComparison.Ordinal) ? "topics that begin with $ have a meaning of their own"
            : Encoding.UTF8.GetByteCount(options.To) > ushort.MaxValue ? "it is longer than a topic can be"
            : null;
    }

    private static Part Compile(TemplatePart part) => part switch
    {
        { IsPlaceholder: false } => Part.OfText(part.Text),
        { Text: ClientIdName } => new Part(PartKind.ClientId),
        { Text: UserNameName } => new Part(PartKind.UserName),
        _ => new Part(PartKind.Wildcard) { Wildcard = int.Parse(part.Text, CultureInfo.InvariantCulture) },
    };

    /// <summary>What a wildcard of the filter stands for. False: it is "#", and stands for nothing but the level above it.</summary>
    private bool TryFind(ReadOnlySpan<byte> topic, int wildcard, out ReadOnlySpan<byte> found)
    {
        int seen = 0;
        foreach (byte[] level in FilterLevels)
        {
            int slash = topic.IndexOf((byte)'/');
            if (level is [(byte)'+' or (byte)'#'] && ++seen == wildcard)
            {
                found = wildcard == _restWildcard || slash < 0 ? topic : topic[..slash];
                return true;
            }

            if (slash < 0)
            {
                break;
            }

            topic = topic[(slash + 1)..];
        }

        found = default;
        return false;
    }

    private readonly record struct Part(PartKind Kind)
    {
        public byte[] Utf8 { get; private init; } = [];

        /// <summary>Whether a separator follows <see cref="Utf8"/>.</summary>
        public bool EndsWithSlash { get; private init; }

        public int Wildcard { get; init; }

        public static Part OfText(string text) => new(PartKind.Text)
        {
            Utf8 = Encoding.UTF8.GetBytes(text.EndsWith('/') ? text[..^1] : text),
            EndsWithSlash = text.EndsWith('/'),
        };
    }
}
