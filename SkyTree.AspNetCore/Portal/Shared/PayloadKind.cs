namespace SkyTree.AspNetCore.Portal.Shared;

/// <summary>As what a payload can be shown.</summary>
public enum PayloadKind
{
    /// <summary>Bytes.</summary>
    Hex,

    /// <summary>Text.</summary>
    Text,

    /// <summary>JSON.</summary>
    Json,

    /// <summary>CBOR (RFC 8949), in diagnostic notation.</summary>
    Cbor,

    /// <summary>A picture.</summary>
    Image,
}
