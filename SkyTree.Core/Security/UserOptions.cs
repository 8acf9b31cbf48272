namespace SkyTree.Core.Security;

/// <summary>One user as configured (<c>SkyTree:Users:n</c>).</summary>
internal sealed class UserOptions
{
    /// <summary>The user name, 1 to 1,024 bytes in UTF-8, compared byte by byte.</summary>
    public string Name { get; set; } = "";

    /// <summary>The text form of a <see cref="ScramCredential"/>. Never a password.</summary>
    public string Credential { get; set; } = "";
}
