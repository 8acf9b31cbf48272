namespace SkyTree.Portal.Tests.Harness;

/// <summary>How a page is looked at.</summary>
public enum View
{
    /// <summary>A large window, light.</summary>
    Light,

    /// <summary>A large window, dark.</summary>
    Dark,

    /// <summary>A phone, light.</summary>
    Phone,
}
