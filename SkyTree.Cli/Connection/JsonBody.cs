using System.Text;
using System.Text.Json.Nodes;

namespace SkyTree.Cli.Connection;

/// <summary>A body in JSON, for requests that take as long as they take.</summary>
/// <param name="json">What it says.</param>
internal sealed class JsonBody(JsonNode json) : IDisposable
{
    /// <summary>The body.</summary>
    public StringContent Content { get; } = new(json.ToJsonString(), Encoding.UTF8, "application/json");

    /// <inheritdoc/>
    public void Dispose() => Content.Dispose();
}
