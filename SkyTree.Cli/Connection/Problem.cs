using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SkyTree.Cli.Output;

namespace SkyTree.Cli.Connection;

/// <summary>What a server says when it refuses (RFC 9457), as one line.</summary>
internal static class Problem
{
    /// <summary>Says why the server has refused, if it has.</summary>
    /// <exception cref="CliException">It has.</exception>
    public static async Task ThrowIfRefusedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        int status = (int)response.StatusCode;
        if (status is >= 300 and < 400)
        {
            throw CliException.Refused($"the server sends to {response.Headers.Location}; name it with --server, if it is one of yours");
        }

        if (response.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            throw CliException.Refused(string.Create(CultureInfo.InvariantCulture, $"the answer is {status} {response.ReasonPhrase}, and not from SkyTree's HTTP API"));
        }

        throw CliException.Refused(Describe(await response.Content.ReadAsStringAsync(cancellationToken), status));
    }

    /// <summary>What was refused and why, with what is wrong in which field.</summary>
    public static string Describe(string json, int status)
    {
        JsonNode? problem;
        try
        {
            problem = JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"the server has refused ({status})");
        }

        string detail = problem.TextAt("detail");
        IEnumerable<string> fields = problem.At("errors") is JsonObject errors
            ? errors.Where(field => field.Key != "retryAfterSeconds" && Cells.Text(field.Value) != detail).Select(field => $"; {field.Key}: {Cells.Text(field.Value)}")
            : [];
        return string.Create(CultureInfo.InvariantCulture, $"{detail}{string.Concat(fields)} ({status} {problem.TextAt("code")})");
    }
}
