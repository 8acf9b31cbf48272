using System.Diagnostics.CodeAnalysis;

namespace SkyTree.Cluster.Peers;

/// <summary>The identity of a node, the same for as long as it has its data folder.</summary>
/// <param name="Value">Not empty.</param>
internal readonly record struct NodeId(Guid Value)
{
    /// <summary>An identity that no node has.</summary>
    public static NodeId New() => new(Guid.NewGuid());

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out NodeId id)
    {
        bool isValid = Guid.TryParseExact(text, "N", out Guid value) && value != Guid.Empty;
        id = new NodeId(value);
        return isValid;
    }

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => Value.ToString("N");
}
