namespace SkyTree.Core.Security.Passwords;

/// <summary>What checking a password came to.</summary>
internal enum PasswordCheck
{
    /// <summary>It is the password.</summary>
    Right,

    /// <summary>It is not.</summary>
    Wrong,

    /// <summary>It was not checked: too many wait, or who asked has gone.</summary>
    NotChecked,
}
