using System.Text.Json.Nodes;

namespace SkyTree.Cli.Output;

/// <summary>A column of a table.</summary>
/// <param name="Title">Its head.</param>
/// <param name="Read">Its cell of a row.</param>
internal sealed record Column(string Title, Func<JsonNode, string> Read)
{
    /// <summary>A column with a member of each row, such as <c>live.address</c>.</summary>
    public Column(string title, string path)
        : this(title, row => Cells.Text(row.At(path)))
    {
    }
}
