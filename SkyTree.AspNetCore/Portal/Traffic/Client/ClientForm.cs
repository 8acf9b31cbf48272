using System.Globalization;

namespace SkyTree.AspNetCore.Portal.Traffic.Client;

/// <summary>What people fill in on the client's page, and what of it MQTT.js is told.</summary>
internal sealed class ClientForm
{
    public string ClientId { get; set; } = "";

    public string? UserName { get; set; }

    public string? Password { get; set; }

    public string Version { get; set; } = "5";

    public bool CleanStart { get; set; } = true;

    public string KeepAlive { get; set; } = "60";

    public string? SessionExpiry { get; set; }

    public string? ReceiveMaximum { get; set; }

    public string? ConnectProperties { get; set; }

    public string? WillTopic { get; set; }

    public string? WillPayload { get; set; }

    public string? WillDelay { get; set; }

    public string Filter { get; set; } = "#";

    public string SubscribeQos { get; set; } = "1";

    public bool NoLocal { get; set; }

    public bool RetainAsPublished { get; set; } = true;

    public string RetainHandling { get; set; } = "0";

    public string? SubscriptionIdentifier { get; set; }

    public string Topic { get; set; } = "";

    public string Way { get; set; } = "text";

    public string? Typed { get; set; } = "";

    public string Qos { get; set; } = "1";

    public bool Retain { get; set; }

    public string? Expiry { get; set; }

    public string? ContentType { get; set; }

    public string? ResponseTopic { get; set; }

    public string? Correlation { get; set; }

    public string? PublishProperties { get; set; }

    /// <summary>Whether it is MQTT 5.0, the only version with properties.</summary>
    public bool IsFive => Version == "5";

    /// <summary>The options of <c>mqtt.connect</c>.</summary>
    public Dictionary<string, object?> ToConnect()
    {
        var options = new Dictionary<string, object?>
        {
            ["protocolVersion"] = Number(Version),
            ["clientId"] = ClientId,
            ["clean"] = CleanStart,
            ["keepalive"] = Number(KeepAlive) ?? 60,
        };
        Add(options, "username", UserName);
        Add(options, "password", Password);
        if (!string.IsNullOrEmpty(WillTopic))
        {
            var will = new Dictionary<string, object?> { ["topic"] = WillTopic, ["payload"] = WillPayload ?? "", ["qos"] = 1, ["retain"] = false };
            AddProperties(will, ("willDelayInterval", Number(WillDelay)));
            options["will"] = will;
        }

        AddProperties(options, ("sessionExpiryInterval", Number(SessionExpiry)), ("receiveMaximum", Number(ReceiveMaximum)), ("userProperties", Pairs(ConnectProperties)));
        return options;
    }

    /// <summary>The options of <c>client.subscribe</c>.</summary>
    public Dictionary<string, object?> ToSubscribe()
    {
        var options = new Dictionary<string, object?> { ["qos"] = Number(SubscribeQos) };
        if (IsFive)
        {
            options["nl"] = NoLocal;
            options["rap"] = RetainAsPublished;
            options["rh"] = Number(RetainHandling);
        }

        AddProperties(options, ("subscriptionIdentifier", Number(SubscriptionIdentifier)));
        return options;
    }

    /// <summary>The options of <c>client.publish</c>, without the correlation data, which are bytes.</summary>
    public Dictionary<string, object?> ToPublish()
    {
        var options = new Dictionary<string, object?> { ["qos"] = Number(Qos), ["retain"] = Retain };
        AddProperties(
            options,
            ("messageExpiryInterval", Number(Expiry)),
            ("contentType", Text(ContentType)),
            ("responseTopic", Text(ResponseTopic)),
            ("correlationData", Text(Correlation)),
            ("payloadFormatIndicator", Way == "text" ? true : null),
            ("userProperties", Pairs(PublishProperties)));
        return options;
    }

    /// <summary>Reads user properties: <c>name: value</c>, a line each. A name that comes again has several values.</summary>
    public static Dictionary<string, object>? Pairs(string? lines)
    {
        Dictionary<string, object> pairs = [];
        foreach (IGrouping<string, string> group in (lines ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .GroupBy(parts => parts[0], parts => parts.Length > 1 ? parts[1] : "", StringComparer.Ordinal))
        {
            string[] values = [.. group];
            pairs[group.Key] = values.Length == 1 ? values[0] : values;
        }

        return pairs.Count == 0 ? null : pairs;
    }

    private void AddProperties(Dictionary<string, object?> options, params ReadOnlySpan<(string Name, object? Value)> properties)
    {
        var given = new Dictionary<string, object?>();
        foreach ((string name, object? value) in properties)
        {
            if (value is not null)
            {
                given[name] = value;
            }
        }

        if (IsFive && given.Count > 0)
        {
            options["properties"] = given;
        }
    }

    private static void Add(Dictionary<string, object?> options, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            options[name] = value;
        }
    }

    private static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
}
