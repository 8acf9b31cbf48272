namespace SkyTree.Core.Admin.Users;

/// <summary>A group that users belong to, or that a rule names.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Users">How many users that people have made belong to it.</param>
/// <param name="Rules">How many rules name it.</param>
public sealed record UserGroup(string Name, int Users, int Rules);
