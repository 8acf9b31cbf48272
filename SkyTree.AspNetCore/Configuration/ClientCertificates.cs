namespace SkyTree.AspNetCore.Configuration;

/// <summary>Whether the clients of a listener show a certificate.</summary>
internal enum ClientCertificates
{
    /// <summary>They are not asked for one.</summary>
    None,

    /// <summary>They may; a bad one ends the handshake.</summary>
    Optional,

    /// <summary>They must.</summary>
    Required,
}
