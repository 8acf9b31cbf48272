namespace SkyTree.Sinks.Webhooks;

/// <summary>A web server that messages are posted to (<c>SkyTree:Sinks:{name}:Webhook</c>).</summary>
public sealed record WebhookOptions
{
    private const int ShortestSecret = 16;

    /// <summary>Its address, https unless it is this machine's. It is shown to people, so no secret belongs in it.</summary>
    public string Url { get; init; } = "";

    /// <summary>Whether http will do for other machines, too: then everybody between sees the messages.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>What requests are signed with, at least 16 characters, better in the file that <see cref="SecretPath"/> names; empty: they are not.</summary>
    public string Secret { get; init; } = "";

    /// <summary>A file whose first line is the secret.</summary>
    public string SecretPath { get; init; } = "";

    /// <summary>A file whose first line is sent as the header Authorization; empty: none is.</summary>
    public string AuthorizationPath { get; init; } = "";

    /// <summary>More headers by name. They are shown to people, so no secret belongs in them.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    internal void Validate(string section, Action<string, string> mistake)
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out Uri? uri) || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp))
        {
            mistake($"{section}:Url", $"'{Url}' is no address such as https://app.example/mqtt");
        }
        else if (uri.UserInfo.Length > 0)
        {
            mistake($"{section}:Url", "a name and password do not belong in the address; put them into the file that AuthorizationPath names");
        }
        else if (uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback && !AllowHttp)
        {
            mistake($"{section}:Url", $"'{Url}' is another machine's: https is needed, or AllowHttp");
        }

        SecretFile.Validate(section, nameof(Secret), Secret, SecretPath, mistake);
        if (Secret.Length is > 0 and < ShortestSecret || (SecretPath.Length > 0 && File.Exists(SecretPath) && SecretFile.Read("", SecretPath).Length < ShortestSecret))
        {
            mistake($"{section}:{(Secret.Length > 0 ? nameof(Secret) : nameof(SecretPath))}", $"a secret has at least {ShortestSecret} characters");
        }

        SecretFile.Validate(section, "Authorization", "", AuthorizationPath, mistake);
        using var probe = new HttpRequestMessage();
        foreach ((string name, string value) in Headers)
        {
            if (!probe.Headers.TryAddWithoutValidation(name, value) || value.AsSpan().ContainsAny("\r\n\0"))
            {
                mistake($"{section}:Headers:{name}", "is no header that can be sent with a request");
            }
        }
    }
}
