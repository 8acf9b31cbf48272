namespace SkyTree.Core.Admin.Accounts;

/// <summary>An account whose password was right.</summary>
/// <param name="Caller">Who it is, for all that follows.</param>
/// <param name="MustChangePassword">Whether a new password must be chosen before anything else.</param>
/// <param name="Stamp">Stays the same until the password is changed: what a longer sign-in holds and shows again.</param>
public sealed record AdminSignIn(Caller Caller, bool MustChangePassword, string Stamp);
