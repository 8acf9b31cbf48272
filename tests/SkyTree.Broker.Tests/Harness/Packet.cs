using System.Globalization;
using System.Text;

namespace SkyTree.Broker.Tests.Harness;

/// <summary>
/// A packet in its text form: what scenarios and tests write and read. <c>PUBLISH t/1 qos=1 id=7 "hello"</c>,
/// <c>SUBACK id=1 granted-qos-1 not-authorized</c>. Scenarios/README.md describes the form.
/// </summary>
internal sealed class Packet
{
    /// <summary>The order in which the text form names the fields; unnamed ones follow.</summary>
    private static readonly string[] FieldOrder =
    [
        "id", "session", "qos", "dup", "retain",
        .. PropertyTable.All.Select(property => property.Key),
    ];

    public required string Name { get; init; }

    /// <summary>The protocol level that CONNECT names, or null for that of the test.</summary>
    public int? Level { get; init; }

    public List<Field> Fields { get; init; } = [];

    /// <summary>PUBLISH: the topic name.</summary>
    public string? Topic { get; set; }

    /// <summary>PUBLISH: the payload; null in an expectation that does not care.</summary>
    public byte[]? Payload { get; set; }

    /// <summary>The reason codes by name, where the packet has any.</summary>
    public List<string> Reasons { get; init; } = [];

    public List<Filter> Filters { get; init; } = [];

    /// <summary>An expectation that ends in <c>...</c>: further fields may follow.</summary>
    public bool Open { get; init; }

    public string? this[string key] => Fields.Find(field => field.Key == key).Value;

    public ushort Id => ushort.Parse(this["id"] ?? "0", CultureInfo.InvariantCulture);

    public int QoS => int.Parse(this["qos"] ?? "0", CultureInfo.InvariantCulture);

    public bool Has(string key) => Fields.Exists(field => field.Key == key);

    public string Text => Encoding.UTF8.GetString(Payload ?? []);

    public static Packet Parse(string line)
    {
        List<string> tokens = TextValue.Split(line);
        string name = tokens[0];
        int? level = null;
        bool open = false;
        Packet packet = new() { Name = name };
        foreach (string token in tokens.Skip(1))
        {
            if (token == "...")
            {
                open = true;
            }
            else if (name == "CONNECT" && token is "v3.1" or "v3.1.1" or "v5")
            {
                level = token switch { "v3.1" => 3, "v3.1.1" => 4, _ => 5 };
            }
            else
            {
                packet.Add(token);
            }
        }

        return new Packet
        {
            Name = name,
            Level = level,
            Fields = packet.Fields,
            Topic = packet.Topic,
            Payload = packet.Payload,
            Reasons = packet.Reasons,
            Filters = packet.Filters,
            Open = open,
        };
    }

    public void Sort() => Fields.Sort((a, b) =>
    {
        int order = Order(a.Key).CompareTo(Order(b.Key));
        return order == 0 && a.Key == "sub-id" ? CompareNumbers(a.Value, b.Value) : order;
    });

    /// <summary>Whether <paramref name="actual"/> is what this expects; binds variables at their first use.</summary>
    public bool Matches(Packet actual, IDictionary<string, string> variables)
    {
        Dictionary<string, string> bound = new(variables);
        if (Name != actual.Name
            || !MatchValue(Topic ?? "", actual.Topic ?? "", bound)
            || (Payload is not null && !Payload.AsSpan().SequenceEqual(actual.Payload))
            || (Payload is null && actual.Payload is { Length: > 0 } && !Open)
            || !Reasons.SequenceEqual(actual.Reasons))
        {
            return false;
        }

        ILookup<string, string> expectedFields = Fields.ToLookup(f => f.Key, f => f.Value);
        ILookup<string, string> actualFields = actual.Fields.ToLookup(f => f.Key, f => f.Value);
        foreach (string key in Fields.Concat(actual.Fields).Select(f => f.Key).Distinct())
        {
            List<string> wanted = [.. expectedFields[key]];
            List<string> found = [.. actualFields[key]];
            if (wanted.Count == 0 && Open)
            {
                continue;
            }

            if (found.Count == 0 && wanted is ["?" or "!"])
            {
                continue;
            }

            if (wanted.Count != found.Count)
            {
                return false;
            }

            for (int i = 0; i < wanted.Count; i++)
            {
                if (!MatchValue(wanted[i], found[i], bound))
                {
                    return false;
                }
            }
        }

        foreach ((string variable, string value) in bound)
        {
            variables[variable] = value;
        }

        return true;
    }

    public override string ToString()
    {
        StringBuilder text = new(Name);
        if (Topic is not null)
        {
            text.Append(' ').Append(Topic);
        }

        foreach (string reason in Reasons.Where(_ => Name is "CONNACK" or "DISCONNECT" or "AUTH"))
        {
            text.Append(' ').Append(reason);
        }

        foreach (Field field in Fields)
        {
            text.Append(' ').Append(field);
        }

        foreach (string reason in Reasons.Where(_ => Name is not ("CONNACK" or "DISCONNECT" or "AUTH")))
        {
            text.Append(' ').Append(reason);
        }

        foreach (Filter filter in Filters)
        {
            text.Append(' ').Append(filter.Name);
            foreach (Field option in filter.Options)
            {
                text.Append(' ').Append(option);
            }
        }

        if (Payload is not null)
        {
            text.Append(' ').Append(TextValue.FromBytes(Payload));
        }

        return Open ? text.Append(" ...").ToString() : text.ToString();
    }

    private static int Order(string key)
    {
        int index = Array.IndexOf(FieldOrder, key);
        return index < 0 ? int.MaxValue : index;
    }

    private static int CompareNumbers(string a, string b) =>
        uint.TryParse(a, CultureInfo.InvariantCulture, out uint x) && uint.TryParse(b, CultureInfo.InvariantCulture, out uint y) ? x.CompareTo(y) : 0;

    private static bool MatchValue(string expected, string actual, Dictionary<string, string> bound)
    {
        if (expected is "*" or "?")
        {
            return true;
        }

        if (IsVariable(expected))
        {
            if (bound.TryGetValue(expected, out string? value))
            {
                return value == actual;
            }

            bound[expected] = actual;
            return true;
        }

        return expected == actual;
    }

    public static bool IsVariable(string value) => value.Length > 2 && value[0] == '<' && value[^1] == '>';

    private void Add(string token)
    {
        bool hasFilters = Name is "SUBSCRIBE" or "UNSUBSCRIBE";
        int equals = token[0] == '"' ? -1 : token.IndexOf('=', StringComparison.Ordinal);
        string key = equals < 0 ? token : token[..equals];
        string value = equals < 0 ? "" : token[(equals + 1)..];

        if (hasFilters && Filters.Count > 0 && (key is "qos" or "nl" or "rap" or "rh" or "options"))
        {
            Filters[^1].Options.Add(new Field(key, value));
        }
        else if (equals > 0 && IsFieldKey(key))
        {
            Fields.Add(new Field(key, Canonical(key, value)));
        }
        else if (Name == "PUBLISH" && Topic is null)
        {
            Topic = TextOf(token);
        }
        else if (Name == "PUBLISH" && token[0] == '"')
        {
            Payload = TextValue.ToBytes(token);
        }
        else if (Name == "PUBLISH" && token is "dup" or "retain")
        {
            Fields.Add(new Field(token, ""));
        }
        else if (hasFilters)
        {
            Filters.Add(new Filter(token, []));
        }
        else if (ReasonNames.IsName(token))
        {
            Reasons.Add(token.StartsWith("0x", StringComparison.Ordinal) && ReasonNames.TryGetCode(token, out byte code) ? ReasonNames.Name(code) : token);
        }
        else
        {
            throw new FormatException($"{Name}: {token} is not understood");
        }
    }

    private static bool IsFieldKey(string key) => key.All(c => char.IsAsciiLetterLower(c) || c == '-');

    private static string TextOf(string token) => Special(token) ? token : TextValue.FromText(TextValue.ToBytes(token));

    private static bool Special(string value) => value is "*" or "?" or "!" || IsVariable(value);

    /// <summary>Brings a value into the form in which received ones are printed.</summary>
    private static string Canonical(string key, string value)
    {
        if (Special(value))
        {
            return value;
        }

        switch (PropertyTable.Find(key)?.Kind)
        {
            case PropertyKind.Text:
                return TextValue.FromText(TextValue.ToBytes(value));
            case PropertyKind.Binary:
                return TextValue.FromBytes(TextValue.ToBytes(value));
            case PropertyKind.Pair:
                (byte[] name, byte[] paired) = TextValue.ToPair(value);
                return TextValue.FromPair(name, paired);
            default:
                return value;
        }
    }
}
