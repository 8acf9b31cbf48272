namespace SkyTree.AspNetCore.Configuration;

/// <summary>Whether connections begin with a PROXY protocol header. There is no guessing: a client could forge one.</summary>
internal enum ProxyProtocol
{
    /// <summary>They do not.</summary>
    Off,

    /// <summary>All do, in version 1 or 2; others are closed.</summary>
    Required,
}
