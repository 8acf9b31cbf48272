using System.Text;

namespace SkyTree.Core.Security.Access;

/// <summary>
/// A topic filter of a rule, taken apart. A level with a placeholder is compared as text, so that a name with <c>+</c>, <c>#</c> or
/// <c>/</c> in it cannot make the filter wider: of a rule that permits such a level then fits nothing, of one that forbids everything.
/// </summary>
internal sealed class TopicRule
{
    private const string UserName = "${username}";
    private const string ClientId = "${clientid}";

    private readonly string[] _levels;
    private readonly byte[][] _utf8;
    private readonly LevelKind[] _kinds;
    private readonly bool _forbids;

    public TopicRule(string filter, bool forbids)
    {
        _levels = filter.Split('/');
        _utf8 = [.. _levels.Select(Encoding.UTF8.GetBytes)];
        _kinds = [.. _levels.Select(level => level switch
        {
            "+" => LevelKind.Any,
            "#" => LevelKind.Rest,
            _ when level.Contains(UserName, StringComparison.Ordinal) || level.Contains(ClientId, StringComparison.Ordinal) => LevelKind.Template,
            _ => LevelKind.Text,
        })];
        _forbids = forbids;
    }

    private enum LevelKind
    {
        Text,
        Any,
        Rest,
        Template,
    }

    // Wildcards in the first level leave out topics that begin with $ (MQTT 5.0, 4.7.2).
    private bool BeginsWild => _kinds[0] is LevelKind.Any or LevelKind.Rest;

    /// <summary>Whether a topic name fits.</summary>
    public bool Fits(ReadOnlySpan<byte> topic, ClientIdentity client)
    {
        if (BeginsWild && topic.Length > 0 && topic[0] == (byte)'$')
        {
            return false;
        }

        int level = 0;
        ReadOnlySpan<byte> rest = topic;
        while (true)
        {
            if (level == _kinds.Length)
            {
                return false;
            }

            if (_kinds[level] == LevelKind.Rest)
            {
                return true;
            }

            int slash = rest.IndexOf((byte)'/');
            ReadOnlySpan<byte> text = slash < 0 ? rest : rest[..slash];
            if (!LevelFits(level, text, client))
            {
                return false;
            }

            level++;
            if (slash < 0)
            {
                return level == _kinds.Length || (level == _kinds.Length - 1 && _kinds[level] == LevelKind.Rest);
            }

            rest = rest[(slash + 1)..];
        }
    }

    /// <summary>Whether it covers every topic of a filter.</summary>
    public bool Covers(string filter, ClientIdentity client)
    {
        string[] asked = filter.Split('/');
        if (BeginsWild && asked[0].StartsWith('$'))
        {
            return false;
        }

        for (int i = 0; ; i++)
        {
            if (i < _kinds.Length && _kinds[i] == LevelKind.Rest)
            {
                return true;
            }

            if (i == asked.Length || i == _kinds.Length)
            {
                return i == asked.Length && (i == _kinds.Length || (i == _kinds.Length - 1 && _kinds[i] == LevelKind.Rest));
            }

            if (asked[i] == "#" || (asked[i] == "+" && _kinds[i] != LevelKind.Any))
            {
                return false;
            }

            if (asked[i] != "+" && !LevelFits(i, Encoding.UTF8.GetBytes(asked[i]), client))
            {
                return false;
            }
        }
    }

    /// <summary>Whether it has a topic in common with a filter.</summary>
    public bool Overlaps(string filter, ClientIdentity client)
    {
        string[] asked = filter.Split('/');
        bool askedWild = asked[0] is "+" or "#";
        if ((BeginsWild && asked[0].StartsWith('$')) || (askedWild && _levels[0].StartsWith('$') && _kinds[0] == LevelKind.Text))
        {
            return false;
        }

        for (int i = 0; ; i++)
        {
            bool hereRest = i < _kinds.Length && _kinds[i] == LevelKind.Rest;
            bool thereRest = i < asked.Length && asked[i] == "#";
            if (hereRest || thereRest)
            {
                return true;
            }

            if (i == asked.Length || i == _kinds.Length)
            {
                return i == asked.Length && i == _kinds.Length;
            }

            if (asked[i] == "+" ? !CanBeSomething(i, client) : !LevelFits(i, Encoding.UTF8.GetBytes(asked[i]), client))
            {
                return false;
            }
        }
    }

    private bool CanBeSomething(int level, ClientIdentity client) => _kinds[level] != LevelKind.Template || _forbids || Expand(level, client) is not null;

    private bool LevelFits(int level, ReadOnlySpan<byte> text, ClientIdentity client) => _kinds[level] switch
    {
        LevelKind.Text => text.SequenceEqual(_utf8[level]),
        LevelKind.Any => true,
        _ => Expand(level, client) is { } expanded ? text.SequenceEqual(Encoding.UTF8.GetBytes(expanded)) : _forbids,
    };

    /// <summary>The level with the client's own names in it; null: it has none, or one that could be something else.</summary>
    private string? Expand(int level, ClientIdentity client)
    {
        string text = _levels[level];
        if ((text.Contains(UserName, StringComparison.Ordinal) && !IsPlain(client.UserName))
            || (text.Contains(ClientId, StringComparison.Ordinal) && !IsPlain(client.ClientId)))
        {
            return null;
        }

        // In one pass: what is put in is not looked at again.
        var expanded = new StringBuilder(text.Length + 32);
        for (int i = 0; i < text.Length; i++)
        {
            if (text.AsSpan(i).StartsWith(UserName, StringComparison.Ordinal))
            {
                expanded.Append(client.UserName);
                i += UserName.Length - 1;
            }
            else if (text.AsSpan(i).StartsWith(ClientId, StringComparison.Ordinal))
            {
                expanded.Append(client.ClientId);
                i += ClientId.Length - 1;
            }
            else
            {
                expanded.Append(text[i]);
            }
        }

        return expanded.ToString();
    }

    private static bool IsPlain(string? name) => !string.IsNullOrEmpty(name) && name.AsSpan().IndexOfAny("+#/\0") < 0;
}
