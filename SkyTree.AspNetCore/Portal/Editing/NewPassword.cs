using System.Security.Cryptography;

namespace SkyTree.AspNetCore.Portal.Editing;

/// <summary>Passwords that nobody has thought of.</summary>
internal static class NewPassword
{
    /// <summary>24 characters, 120 bits, without those that look alike.</summary>
    public static string Make() => RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 24);
}
