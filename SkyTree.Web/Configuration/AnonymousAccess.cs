namespace SkyTree.Web.Configuration;

/// <summary>From where clients may connect without showing who they are.</summary>
internal enum AnonymousAccess
{
    /// <summary>From this machine.</summary>
    Loopback,

    /// <summary>From everywhere.</summary>
    Always,

    /// <summary>From nowhere.</summary>
    Never,
}
